// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.follow.GuestProcess.Ending;
import dev.bellhop.server.execution.follow.GuestProcess.Sink;
import dev.bellhop.server.execution.guest.Stopwatch;
import dev.bellhop.server.execution.script.CommandEnd;
import dev.bellhop.server.execution.script.Inspection;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a guest's spool and its processes tell of a supervised command that its agent does not know any more. Used by one
 * thread.
 */
final class SpoolResultReader {
    /** After which whoever was ending it must have been killed too. */
    private static final Duration TIME_TO_END = Duration.ofSeconds(30);

    /** Likewise where nobody has said that it is to be ended: a signal may have been sent through us. */
    private static final Duration TIME_TO_WRITE = Duration.ofSeconds(3);

    /** After which a supervisor whose pid is known would have claimed its execution. */
    private static final Duration TIME_TO_START = Duration.ofSeconds(10);

    /** After which one that has not cannot be kept from it either, nor told anything. */
    private static final Duration GIVES_UP = Duration.ofMinutes(1);

    private final CommandOutput output;
    private final Stopwatch gone;
    private final Stopwatch unclaimed;

    SpoolResultReader(CommandOutput output, LongSupplier nanoTime) {
        this.output = output;
        this.gone = new Stopwatch(nanoTime);
        this.unclaimed = new Stopwatch(nanoTime);
    }

    /**
     * Reads on, and tells the end where there is one and all of the output has been read.
     *
     * @param told the end where the agent has told it; the spool need not have it
     */
    @Nullable
    Ending read(Inspection inspection, @Nullable CommandEnd told, GuestAgent agent, Sink sink)
            throws AgentException, InterruptedException {
        CommandEnd end = inspection.end() == null ? told : inspection.end();
        if (end != null) {
            return ended(end, inspection, agent, sink);
        }
        if (inspection.living() == Inspection.Living.LEADER) {
            output.follow(agent, sink);
            return null;
        }
        if (isBeingEnded(inspection) || isBeingStarted(inspection)) {
            return null;
        }
        ExecutionState why = inspection.why();
        if (why != null) {
            return ended(new CommandEnd(why, new ExitStatus(null, null)), inspection, agent, sink);
        }
        output.readToEnd(inspection, agent, sink);
        return new Ending.Lost(
                switch (inspection.claim()) {
                    case Inspection.Claim.Run run ->
                        run.boot().equals(inspection.boot()) ? Reason.SUPERVISOR_KILLED : Reason.GUEST_RESTARTED;
                    case Inspection.Claim.Unfinished _ -> Reason.SUPERVISOR_KILLED;
                    case Inspection.Claim.Earlier _ -> Reason.GUEST_RESTARTED;
                    case Inspection.Claim.Nobody _, Inspection.Claim.Voided _ -> Reason.GUEST_FORGOT;
                });
    }

    /**
     * Whether the supervisor may yet claim the execution: the agent tells its pid before it has done anything, and may have
     * ended right after that.
     */
    private boolean isBeingStarted(Inspection inspection) {
        return switch (inspection.claim()) {
            // Where it is to be claimed for the supervisor, and cannot be, the next inspection will tell.
            case Inspection.Claim.Nobody _ -> !unclaimed.exceeds(GIVES_UP);
            case Inspection.Claim.Unfinished _ -> !unclaimed.exceeds(TIME_TO_START);
            default -> false;
        };
    }

    /** The guest does not answer, and may be paused with all who have something to do there. */
    void away() {
        gone.ends();
        unclaimed.ends();
    }

    /** Whether nobody has claimed the execution for so long that it is to be made sure that nobody ever will. */
    boolean isToBeClaimed() {
        return unclaimed.length().compareTo(TIME_TO_START) > 0;
    }

    /** Whether somebody in the guest, who kills it or has killed it, may be about to write down its end. */
    private boolean isBeingEnded(Inspection inspection) {
        if (!(inspection.claim() instanceof Inspection.Claim.Run(long leader, UUID boot))
                || !boot.equals(inspection.boot())) {
            return false;
        }
        return !gone.exceeds(inspection.why() == null ? TIME_TO_WRITE : TIME_TO_END);
    }

    private Ending ended(CommandEnd end, Inspection inspection, GuestAgent agent, Sink sink)
            throws AgentException, InterruptedException {
        boolean whole = output.readToEnd(inspection, agent, sink);
        return new Ending.Ended(end.state(), end.status(), output.finalSize(inspection, whole), List.of());
    }
}
