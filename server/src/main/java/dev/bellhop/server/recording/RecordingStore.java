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

/** Where recordings are kept. Writes are durable once their future has completed. Thread safe. */
public interface RecordingStore {
    /** Stores a new one, of which there is nothing yet. */
    CompletableFuture<Void> begin(Recording recording);

    /**
     * Stores some more lines, and that the recording goes on. The same may be stored again at the same place, by a writer that does
     * not know whether it was stored. Does nothing to one that has ended.
     *
     * @param offset how many bytes of it stand before these
     * @param lines whole ones; none where there is nothing to add
     * @return whether it goes on: another server ends one of which it has heard nothing for long
     */
    CompletableFuture<Boolean> append(TerminalId id, long offset, byte[] lines, Instant now);

    /** Stores the end. Does nothing to one that has ended. */
    CompletableFuture<Void> end(Recording ended);

    /** The same of one whose server ended before it; with that, the audit trail is told that the terminal has ended. */
    CompletableFuture<Void> endInterrupted(Recording ended);

    /** Deletes one again, as its terminal was not opened. */
    CompletableFuture<Void> discard(TerminalId id);

    Optional<Recording> find(TerminalId id);

    /** Some lines of one, as they were stored together from an offset on; none where there is nothing there. */
    byte[] read(TerminalId id, long offset);

    /**
     * The newest first.
     *
     * @param vms in which VMs; absent for any
     * @param before only older ones than this; absent to begin with the newest
     */
    List<Recording> list(TenantFilter tenants, @Nullable Set<VmId> vms, @Nullable TerminalId before, int limit);

    /** Those that have not ended, and to which nothing was {@link #append}ed since a time. */
    List<Recording> abandoned(Instant quietSince);

    /** Deletes some of those that ended before a time, the oldest first; says how many. */
    CompletableFuture<Integer> deleteEndedBefore(Instant time);

    /**
     * Deletes some of the oldest that have ended, of the account that has the most, with those that go on, where all have more bytes; says
     * how many.
     */
    CompletableFuture<Integer> deleteBeyond(long bytes);
}
