// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.follow.CommandOutput.Peeked;
import dev.bellhop.server.execution.follow.GuestProcess.Ending;
import dev.bellhop.server.execution.follow.GuestProcess.Sink;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.script.CommandEnd;
import dev.bellhop.server.execution.script.Spool;
import dev.bellhop.server.execution.script.SupervisorReply;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the agent that started a supervised command tells of it: that it runs, for as long as it knows the pid, and then how
 * it ended, once, with the output of a short command. Used by one thread.
 *
 * @param pace is told when it is known how long the command took
 */
record AgentResultReader(
        ExecutionId id,
        long pid,
        Guest guest,
        Spool spool,
        ReplyBudget.Share share,
        CommandOutput output,
        OutputPolling pace,
        LongSupplier nanoTime) {
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);

    sealed interface Answer {
        record Running() implements Answer {}

        record Over(Ending ending) implements Answer {}

        /**
         * The agent has nothing more to tell, and the spool knows the rest.
         *
         * @param end how the command ended, where only its output is missing
         */
        record AskSpool(@Nullable CommandEnd end) implements Answer {}
    }

    /** Asks it, and keeps what the command has written since. */
    Answer ask(GuestAgent agent, Sink sink) throws AgentException, InterruptedException {
        Deadline deadline = Deadline.after(CALL_TIMEOUT);
        Seen seen = guest.processes().exclusively(agent, deadline, () -> see(agent, sink, deadline));
        ExecStatus status = seen.status;
        if (status == null) {
            output.forgetFiles();
            return new Answer.AskSpool(null);
        }
        output.take(seen.peeked, sink);
        if (!status.exited()) {
            return new Answer.Running();
        }
        return over(status, pace::ended, sink);
    }

    /**
     * What a supervisor has said that has exited, whoever has told it.
     *
     * @param whenEnded called where it has run the command to its end
     */
    Answer over(ExecStatus status, Runnable whenEnded, Sink sink) throws InterruptedException {
        return switch (SupervisorReply.parse(status, id, spool)) {
            case SupervisorReply.Ended ended -> {
                whenEnded.run();
                guest.saidBoot(ended.boot());
                yield ended(ended, sink);
            }
            case SupervisorReply.NoSpool none -> {
                // The next command need not find that out, and is looked after by the agent alone.
                guest.probeAgain();
                yield new Answer.Over(new Ending.NotRun(Reason.SPOOL_UNAVAILABLE));
            }
            case SupervisorReply.Taken _, SupervisorReply.Foreign _, SupervisorReply.Silent _ ->
                new Answer.AskSpool(null);
        };
    }

    private record Seen(@Nullable ExecStatus status, Peeked peeked) {}

    /**
     * To be called while nobody else here opens a file in the guest: an agent that knows the pid gave the handles, and one
     * that has come in its place since has given none to anybody.
     */
    private Seen see(GuestAgent agent, Sink sink, Deadline deadline) throws AgentException {
        ExecStatus status = status(agent, deadline);
        if (status != null && status.exited()) {
            // Nothing shows any more whose the handles are.
            output.closeFiles(agent);
        }
        boolean isToBeRead = status != null && !status.exited() && pace.isToBeRead(nanoTime.getAsLong());
        return new Seen(status, isToBeRead ? output.peek(agent, sink, deadline) : Peeked.NONE);
    }

    /** Absent where the agent does not know the process any more, or knows another one by its pid. */
    private @Nullable ExecStatus status(GuestAgent agent, Deadline deadline) throws AgentException {
        try {
            return guest.processes().poll(id, pid, agent, share, deadline);
        } catch (AgentErrorException e) {
            if (e.isUnknownPid()) {
                return null;
            }
            throw e;
        }
    }

    /** What comes back with the end is the head of each stream; the rest of a longer one is in the spool. */
    private Answer ended(SupervisorReply.Ended ended, Sink sink) throws InterruptedException {
        CommandEnd end = ended.end();
        if (output.isWhole(ended)) {
            var last = output.rest(ended);
            return new Answer.Over(new Ending.Ended(end.state(), end.status(), output.size(), last));
        }
        output.keepHeads(ended, sink);
        return new Answer.AskSpool(end);
    }
}
