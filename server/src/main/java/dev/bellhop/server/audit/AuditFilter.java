// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which records are wanted: those that fit all of these. Each is absent where it does not matter.
 *
 * @param since of this time or later
 * @param until before this time
 * @param keyId of this key
 * @param vm about this VM
 * @param action of this name
 */
public record AuditFilter(
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable String keyId,
        @Nullable VmId vm,
        @Nullable String action,
        @Nullable Outcome outcome) {
    public static final AuditFilter ALL = new AuditFilter(null, null, null, null, null, null);
}
