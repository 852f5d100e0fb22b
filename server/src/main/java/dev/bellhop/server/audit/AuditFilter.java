// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Selects the records that match all conditions, from {@code since} on and before {@code until}. Absent conditions
 * match all records.
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
