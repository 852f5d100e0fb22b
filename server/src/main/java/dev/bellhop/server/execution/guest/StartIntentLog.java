// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.Writes;
import java.time.Clock;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Stores that a guest is asked to start one execution, before the guest is asked: each time anew, unless that was stored
 * with the execution itself. Used by one thread.
 */
public final class StartIntentLog {
    private final ExecutionId id;
    private final ExecutionJournal journal;
    private final GuestScripts scripts;
    private final Clock clock;
    private @Nullable StartIntent stored;
    /** Whether what is stored holds for the next time that the guest is asked. */
    private boolean holds;
    /** The earliest; absent if the guest has certainly not heard of it. */
    private @Nullable EarliestStart sent;

    private boolean mayArrive;
    private @Nullable UUID onlyBoot;

    /**
     * @param stored what the store has already; absent if no guest has heard of it
     * @param recovered whether an earlier server has stored that, and may have asked
     * @param clock of whole milliseconds
     */
    StartIntentLog(
            ExecutionId id,
            @Nullable StartIntent stored,
            boolean recovered,
            ExecutionJournal journal,
            GuestScripts scripts,
            Clock clock) {
        this.id = id;
        this.journal = journal;
        this.scripts = scripts;
        this.clock = clock;
        this.stored = stored;
        this.holds = stored != null;
        this.sent = stored != null && recovered ? EarliestStart.stored(stored, clock.instant()) : null;
    }

    /** Whether it is stored that the guest is asked next to start it in this way, and in which of its boots. */
    boolean isStored(ExecutionMode mode) {
        if (!holds || stored == null || stored.mode() != mode) {
            return false;
        }
        if (!Objects.equals(
                stored.spool(), scripts.intent(id, mode, stored.at()).spool())) {
            return false; // Of another node.
        }
        // The guest may have reported another boot since. What was sent stays as it was: that is when it may run.
        return sent != null || Objects.equals(stored.boot(), scripts.boot());
    }

    /**
     * Returns when it is stored.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE}: do not ask the guest
     */
    void store(ExecutionMode mode, Deadline deadline) {
        StartIntent intent = scripts.intent(id, mode, clock.instant());
        Writes.await(journal.ask(id, intent), deadline.remaining());
        stored = intent;
        holds = true;
    }

    void sends() {
        if (sent == null) {
            sent = EarliestStart.now(Objects.requireNonNull(stored).boot());
        }
    }

    /** The guest has certainly not heard of it this time. */
    public void notHeard() {
        if (!mayArrive) {
            holds = false;
            sent = null;
        }
    }

    /**
     * The guest does not have it, though it may have been sent and may yet arrive.
     *
     * @param boot of the guest, in which it has been since before it was asked
     */
    public void mayArriveIn(UUID boot) {
        mayArrive = true;
        onlyBoot = boot;
    }

    /** Whether it may have been sent, and is yet to arrive. */
    boolean mayArrive() {
        return mayArrive;
    }

    /** The one boot of the guest in which it may be sent once more; absent if any will do, or it is not known. */
    @Nullable
    UUID onlyBoot() {
        return onlyBoot;
    }

    /** Before this the guest cannot have heard of it, if it was asked. */
    public EarliestStart sent() {
        return Objects.requireNonNull(sent);
    }
}
