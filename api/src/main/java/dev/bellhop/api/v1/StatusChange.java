// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v1;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/vm/{vmid}/status}.
 *
 * @param action {@code start}, {@code shutdown}, {@code stop} or {@code restart}
 * @param force whether a guest that does not switch itself off may be switched off; absent for no
 */
public record StatusChange(String action, @Nullable Boolean force) {

    public StatusChange {
        Objects.requireNonNull(action, "action");
    }
}
