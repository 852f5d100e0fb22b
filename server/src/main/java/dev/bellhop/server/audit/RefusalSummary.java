// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import dev.bellhop.api.audit.AuditRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Summarises refused requests, so a flood of them creates a bounded number of records. Requests without a valid key are
 * counted by source. Requests with a key are counted by key, after its first refusals were recorded individually.
 * Taking a summary resets it. Thread safe.
 */
final class RefusalSummary {
    /** Rows of one summary, in addition to one row per code for all others. */
    static final int MAX_ROWS = 100;

    /** Refusals of a key that are recorded individually before they are counted. */
    static final int SINGLE = 20;

    /** Keys whose refusals are recorded individually. */
    private static final int MAX_KEYS = 100;

    private record Kind(
            @Nullable String keyId,
            @Nullable String address,
            @Nullable String code) {}

    /** Guarded by this, as is {@code singles}. */
    private final Map<Kind, Long> counts = new LinkedHashMap<>();

    private final Map<String, Integer> singles = new HashMap<>();

    /** Returns whether another refusal of this key is recorded individually; otherwise counts it. */
    synchronized boolean isSingle(AuditEntry refusal) {
        String keyId = refusal.keyId();
        if (keyId != null && (singles.containsKey(keyId) || singles.size() < MAX_KEYS)) {
            if (singles.merge(keyId, 1, Integer::sum) <= SINGLE) {
                return true;
            }
        }
        count(new Kind(keyId, null, refusal.code()));
        return false;
    }

    /** Counts a refused request without a valid key. */
    synchronized void countFrom(@Nullable String address, @Nullable String code) {
        count(new Kind(null, address, code));
    }

    private void count(Kind kind) {
        Kind row = counts.containsKey(kind) || counts.size() < MAX_ROWS ? kind : new Kind(null, null, kind.code);
        counts.merge(row, 1L, Long::sum);
    }

    synchronized List<AuditEntry> take(Instant now) {
        List<AuditEntry> rows = new ArrayList<>();
        counts.forEach((kind, count) -> rows.add(new AuditEntry(now, AuditRecord.REFUSED, Outcome.REFUSED)
                .by(kind.keyId)
                .from(kind.address)
                .because(kind.code)
                .times(count)));
        counts.clear();
        singles.clear();
        return rows;
    }
}
