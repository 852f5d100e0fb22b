// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.guest.EarliestStart;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.guest.Stopwatch;
import dev.bellhop.server.execution.script.Inspection;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Whether a process that the agent says runs is the command's. A guest gives a pid again, and an agent that was restarted, or that has not
 * started the command itself, may know another process by it. So the guest's own process table is asked now and then: as long as the
 * command's supervisor runs, nobody else has its pid. Used by one thread.
 */
final class PidOwnership {
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration FIRST_LOOK = Duration.ofMinutes(1);
    private static final Duration NEXT_LOOK = Duration.ofHours(1);

    private final ExecutionId id;
    private final Guest guest;
    private final EarliestStart sent;
    private final Stopwatch unproven;
    private Duration interval = FIRST_LOOK;
    private boolean doubted;

    PidOwnership(ExecutionId id, Guest guest, EarliestStart sent, LongSupplier nanoTime) {
        this.id = id;
        this.guest = guest;
        this.sent = sent;
        this.unproven = new Stopwatch(nanoTime);
    }

    /** To be called when the agent has just said that the process runs; mostly asks nobody. */
    boolean isAnother(GuestAgent agent) throws AgentException {
        if (!unproven.exceeds(interval)) {
            return false;
        }
        Optional<Inspection> told = inspect(agent);
        // Without a claim, as where somebody has removed the spool, nothing tells whose the pid is.
        boolean runs = told.isEmpty()
                || told.get().claim() instanceof Inspection.Claim.Nobody
                || (told.get().living() == Inspection.Living.LEADER
                        && told.get().end() == null);
        if (runs) {
            unproven.ends();
            interval = told.isEmpty() ? FIRST_LOOK : NEXT_LOOK;
        }
        // It may have ended a moment ago, which the agent will say when it is asked next.
        boolean isTwice = doubted && !runs;
        doubted = !runs;
        return isTwice;
    }

    private Optional<Inspection> inspect(GuestAgent agent) throws AgentException {
        try {
            return guest.inspect(agent, id, false, sent, Deadline.after(CALL_TIMEOUT));
        } catch (AgentErrorException | RpcDisabledException | RpcMissingException e) {
            return Optional.empty(); // As while file systems are frozen.
        }
    }
}
