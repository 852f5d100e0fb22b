// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.script.Inspection;
import dev.bellhop.server.execution.script.Spool;
import dev.bellhop.server.execution.script.SupervisorReply;
import java.time.Duration;
import java.util.Optional;

/**
 * Whether a supervisor has all of the stdin that its agent was given with its start. It claims the execution then, and no
 * earlier. Used by one thread.
 *
 * @param pid of the supervisor
 */
public record StdinHandover(
        ExecutionId id,
        long pid,
        GuestAgent agent,
        GuestProcesses processes,
        GuestScripts scripts,
        Spool spool,
        StartIntentLog intents) {
    /** After this long the agent may be unable to read files, so the guest is asked another way. */
    private static final Duration FILE_TIMEOUT = Duration.ofSeconds(1);

    public enum State {
        /** It has, or could not use it, which its end tells. */
        ARRIVED,
        UNDER_WAY,
        /** Another supervisor has claimed the execution, or none ever will. */
        UNCLEAR
    }

    public State look(ReplyBudget.Share share, Deadline deadline) throws AgentException {
        Optional<String> claimant = intents.sent().ago().compareTo(FILE_TIMEOUT) < 0
                ? processes.exclusively(
                        agent,
                        deadline,
                        () -> new StdinWriter<>(new AgentSpoolFiles(agent, deadline), spool, id).claimant())
                : inspect(deadline);
        if (claimant.isPresent()) {
            return claimant.get().equals(Long.toString(pid)) ? State.ARRIVED : State.UNCLEAR;
        }
        ExecStatus status = processes.peek(id, pid, agent, share, deadline);
        if (status == null) {
            return State.UNCLEAR;
        }
        if (!status.exited()) {
            return State.UNDER_WAY;
        }
        State state = switch (SupervisorReply.parse(status, id, spool)) {
            case SupervisorReply.Ended _, SupervisorReply.NoSpool _ -> State.ARRIVED;
            case SupervisorReply.Taken _, SupervisorReply.Foreign _, SupervisorReply.Silent _ -> State.UNCLEAR;
        };
        if (state == State.UNCLEAR) {
            processes.release(id, pid);
        }
        return state;
    }

    private Optional<String> inspect(Deadline deadline) throws AgentException {
        return scripts.inspect(agent, id, false, intents.sent(), deadline)
                .flatMap(inspection -> switch (inspection.claim()) {
                    case Inspection.Claim.Run run -> Optional.of(Long.toString(run.pid()));
                    case Inspection.Claim.Voided _ -> Optional.of("void");
                    case Inspection.Claim.Nobody _, Inspection.Claim.Unfinished _, Inspection.Claim.Earlier _ ->
                        Optional.empty();
                });
    }
}
