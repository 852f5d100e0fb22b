// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A VM as it is listed.
 *
 * @param vmid id of the VM
 * @param status {@code running}, {@code stopped}, {@code paused}, {@code starting}, {@code stopping} or {@code unknown}
 * @param account the id of the account that owns it; absent where it is the operator's
 */
public record VmSummary(long vmid, String status, @Nullable String account) {

    public VmSummary {
        Objects.requireNonNull(status, "status");
    }
}
