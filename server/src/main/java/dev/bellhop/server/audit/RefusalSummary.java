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
 * Sums up refused requests, so that a flood of them makes a bounded number of records: those without a valid key by where they
 * come from, those with one by the key, once there were some that have records of their own. Begins anew whenever what it has
 * is taken. Thread safe.
 */
final class RefusalSummary {
    /** Rows of one summary, beside those for all others, of which there is one for each code. */
    static final int MAX_ROWS = 100;

    /** Records of their own that a key's refusals have before they are summed up. */
    static final int SINGLE = 20;

    /** As many keys have records of their own. */
    private static final int MAX_KEYS = 100;

    private record Kind(
            @Nullable String keyId,
            @Nullable String address,
            @Nullable String code) {}

    /** Both guarded by this. */
    private final Map<Kind, Long> counts = new LinkedHashMap<>();

    private final Map<String, Integer> singles = new HashMap<>();

    /** Whether one more refusal of this key has a record of its own; else it is counted. */
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

    /** Counts one of a request without a valid key. */
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
