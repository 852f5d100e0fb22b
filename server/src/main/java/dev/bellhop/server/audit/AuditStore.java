// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditRecord;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/**
 * Stores the audit trail: a chain of records. Records are added at its end, old ones are removed from its beginning,
 * and nothing else changes. A failure is a {@code BellhopException} with code {@code STORE_UNAVAILABLE}. Thread safe.
 */
public interface AuditStore {
    /**
     * Adds an entry to the chain with the store's next write, whatever that is. The entry is durable no later than that
     * write. Entries keep their order. If several servers add to one chain, an entry appears in it up to a second after
     * it is durable.
     */
    void add(AuditEntry entry);

    int waiting();

    /**
     * Returns the last known size of the chain, in bytes as counted by {@link #removeBeyond}. Reads it only if it is
     * unknown, or if other servers may have been adding to the chain for a minute.
     */
    long bytes();

    CompletableFuture<Void> flush();

    /**
     * Returns matching records, newest first, from a stretch of the chain before a record. The stretch is short enough
     * to be fast. It can have no match although earlier records do.
     *
     * @param before only records older than this; {@link Long#MAX_VALUE} to begin with the newest
     */
    Stretch before(long before, AuditFilter filter, int limit);

    /** Returns matching records, oldest first, from a stretch of the chain that begins after a record. */
    Stretch after(long after, AuditFilter filter);

    /**
     * A stretch of the chain, as of one moment.
     *
     * @param anchor the mark that the chain begins after
     * @param end the number of the last record that was checked; the next stretch continues there
     */
    record Stretch(AuditMark anchor, AuditMark head, List<AuditRecord> records, long end) {
        public Stretch {
            records = List.copyOf(records);
        }
    }

    /**
     * Removes some of the records older than a time from the beginning of the chain, few enough to delay other writes
     * only briefly. The chain records the number and hash of the last removed record, so it can be checked from
     * there. Returns the number of removed records; 0 if none is left.
     *
     * @param entry creates the chain's entry about the removal from the last removed record and the number of records
     */
    CompletableFuture<Integer> removeBefore(Instant time, BiFunction<AuditMark, Integer, AuditEntry> entry);

    /**
     * Does the same while the chain is larger than this size in bytes, regardless of age. Removes enough records at a
     * time that the next removal is not needed soon. Returns the number of removed records; 0 if the chain is not
     * larger.
     */
    CompletableFuture<Integer> removeBeyond(long bytes, BiFunction<AuditMark, Integer, AuditEntry> entry);
}
