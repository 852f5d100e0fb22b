// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2;

import java.util.Objects;

/**
 * A VM as it is listed.
 *
 * @param vmid id of the VM
 * @param status {@code running}, {@code stopped}, {@code paused}, {@code starting}, {@code stopping} or {@code unknown}
 */
public record VmSummary(long vmid, String status) {

    public VmSummary {
        Objects.requireNonNull(status, "status");
    }
}
