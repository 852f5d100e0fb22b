// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.Writes;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Has it stored that a guest is asked to start an execution, before the guest is: each time anew, unless that came with the
 * execution itself. Used by one thread.
 */
final class Asking {
    private final Execution execution;
    private final ExecutionParts parts;
    private @Nullable Asked stored;
    /** Whether what is stored holds for the next time that the guest is asked. */
    private boolean holds;
    /** The earliest; absent where the guest has certainly not heard of it. */
    private @Nullable StartMoment sent;
    /** Whether it may have been, and the guest did not have it when it was asked about it. */
    private boolean mayArrive;
    /** In which boot the guest said so; one that it has been in since before it was asked. */
    private @Nullable UUID bootOfGuest;

    /**
     * @param stored what the store has already; absent where no guest has heard of it
     * @param recovered whether an earlier server has stored that, and may have asked
     */
    Asking(Execution execution, @Nullable Asked stored, boolean recovered, ExecutionParts parts) {
        this.execution = execution;
        this.stored = stored;
        this.holds = stored != null;
        this.parts = parts;
        this.sent = stored != null && recovered ? StartMoment.stored(stored, parts.now()) : null;
    }

    /** Whether it is stored that the guest is asked next to start it in this way, and in which of its boots. */
    boolean isStored(ExecutionMode mode) {
        if (!holds || stored == null || stored.mode() != mode) {
            return false;
        }
        // The guest may have said since that it is in another boot. What was sent is left as it was: that is when it
        // may run.
        return sent != null
                || Objects.equals(
                        stored.boot(), parts.starter().guest(execution.vm()).boot());
    }

    /**
     * Returns when it is stored.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE}: the guest is not to be asked
     */
    void store(ExecutionMode mode, Deadline deadline) {
        Asked asked = parts.starter().asked(execution, mode, parts.now());
        Writes.await(parts.store().ask(execution.id(), asked), deadline.remaining());
        stored = asked;
        holds = true;
    }

    /** The guest is about to be asked. */
    void sends() {
        if (sent == null) {
            sent = StartMoment.now(Objects.requireNonNull(stored).boot());
        }
    }

    /** The guest has certainly not heard of it this time. */
    void notHeard() {
        if (!mayArrive) {
            holds = false;
            sent = null;
        }
    }

    /**
     * The guest did not have it, though it may have been sent, and may have it yet.
     *
     * @param boot of the guest, in which it has been since before it was asked
     */
    void mayArrive(UUID boot) {
        mayArrive = true;
        bootOfGuest = boot;
    }

    /** Whether it may have been sent, and is yet to arrive. */
    boolean isOnItsWay() {
        return mayArrive;
    }

    /** The one boot of the guest in which it may be sent once more; absent where any will do, or it is not known. */
    @Nullable
    UUID onlyBoot() {
        return bootOfGuest;
    }

    /** Before when the guest cannot have heard of it, where it was asked. */
    StartMoment sent() {
        return Objects.requireNonNull(sent);
    }
}
