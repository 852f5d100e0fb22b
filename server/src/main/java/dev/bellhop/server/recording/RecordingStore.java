// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Stores recordings. Writes are durable when their future has completed. Thread safe. */
public interface RecordingStore {
    /** Stores a new, empty recording. */
    CompletableFuture<Void> begin(Recording recording);

    /**
     * Appends lines, and notes that the recording is still in progress. A writer that does not know whether lines were
     * stored can append them again at the same offset. Does nothing if the recording has ended.
     *
     * @param offset size of the recording in bytes before these lines
     * @param lines whole lines; empty if there is nothing to add
     * @return whether the recording is in progress: another server ends a recording that has not been appended to for
     *     long
     */
    CompletableFuture<Boolean> append(TerminalId id, long offset, byte[] lines, Instant now);

    /** Stores the end. Does nothing if the recording has ended. */
    CompletableFuture<Void> end(Recording ended);

    /**
     * Same as {@link #end}, for a recording whose server ended before it. Also adds the end of the terminal to the
     * audit trail.
     */
    CompletableFuture<Void> endInterrupted(Recording ended);

    /** Deletes a recording whose terminal was not opened. */
    CompletableFuture<Void> discard(TerminalId id);

    Optional<Recording> find(TerminalId id);

    /** Returns lines from an offset on that were stored together; empty if there are none. */
    byte[] read(TerminalId id, long offset);

    /**
     * Lists recordings, newest first.
     *
     * @param vms VMs to include; absent for all
     * @param before only older recordings than this one; absent to begin with the newest
     */
    List<Recording> list(TenantFilter tenants, @Nullable Set<VmId> vms, @Nullable TerminalId before, int limit);

    /** Returns recordings that have not ended, and had no {@link #append} since a time. */
    List<Recording> abandoned(Instant quietSince);

    /** Deletes a batch of recordings that ended before a time, oldest first; returns how many. */
    CompletableFuture<Integer> deleteEndedBefore(Instant time);

    /**
     * Deletes a batch of recordings if all together have more bytes. Chooses the oldest ended recordings of the account
     * that has the most bytes, including recordings in progress. Returns how many.
     */
    CompletableFuture<Integer> deleteBeyond(long bytes);
}
