// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditRecord;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/**
 * Where the audit trail is kept: a chain of records to which records are added and from whose beginning they are removed when
 * they are old, and that is not changed in any other way. A failure is a {@code BellhopException} with code {@code
 * STORE_UNAVAILABLE}. Thread safe.
 */
public interface AuditStore {
    /**
     * Adds an entry to the chain with whatever is written next, by anybody: it is durable no later than that. What is added
     * first comes first. Where several servers add to one chain, it is there up to a second after it is durable.
     */
    void add(AuditEntry entry);

    int waiting();

    /**
     * How much the chain takes up, in bytes as {@link #removeBeyond} counts them, as it was seen last. Reads only if it was never
     * seen, or others may have added to it for a minute.
     */
    long bytes();

    CompletableFuture<Void> flush();

    /**
     * Records that fit, newest first: of a stretch of the chain that ends before a record, few enough that this takes moments
     * only. There may be none in it, and yet some before.
     *
     * @param before only older ones than this; {@link Long#MAX_VALUE} to begin with the newest
     */
    Stretch before(long before, AuditFilter filter, int limit);

    /** Records that fit, oldest first: of a stretch of the chain that begins after a record. */
    Stretch after(long after, AuditFilter filter);

    /**
     * Part of the chain, as it is at one moment.
     *
     * @param anchor after which the chain begins
     * @param end the number of the last record that was looked at; where the list goes on
     */
    record Stretch(AuditMark anchor, AuditMark head, List<AuditRecord> records, long end) {
        public Stretch {
            records = List.copyOf(records);
        }
    }

    /**
     * Removes records from the beginning of the chain that are older than a time: some of them, few enough that other writes
     * wait for moments only. The chain records up to which one, with its hash, so that it can be checked from there. Gives how
     * many; 0 where none is left.
     *
     * @param entry what the chain says of it, from the last record that is removed and how many are
     */
    CompletableFuture<Integer> removeBefore(Instant time, BiFunction<AuditMark, Integer, AuditEntry> entry);

    /**
     * Likewise from the beginning of a chain that takes up more than so many bytes, whatever their age; so many at once that it
     * does not have to be done again soon. Gives how many; 0 where it does not take up as much.
     */
    CompletableFuture<Integer> removeBeyond(long bytes, BiFunction<AuditMark, Integer, AuditEntry> entry);
}
