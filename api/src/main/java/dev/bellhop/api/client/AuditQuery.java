// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which records of the audit trail are wanted: those that fit all of these. Each is absent where it does not matter.
 *
 * @param since of this time or later
 * @param until before this time
 * @param keyId of this key
 * @param vmid about this VM
 * @param action of this name, all of it
 * @param outcome {@code begun}, {@code done}, {@code refused} or {@code failed}
 */
public record AuditQuery(
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable String keyId,
        @Nullable Long vmid,
        @Nullable String action,
        @Nullable String outcome) {

    /** All there are. */
    public static final AuditQuery ALL = new AuditQuery(null, null, null, null, null, null);
}
