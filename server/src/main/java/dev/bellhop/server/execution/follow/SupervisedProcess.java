// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.guest.EarliestStart;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.guest.StoppedVm;
import dev.bellhop.server.execution.guest.Stopwatch;
import dev.bellhop.server.execution.guest.StreamedProcess;
import dev.bellhop.server.execution.script.CommandEnd;
import dev.bellhop.server.execution.script.Inspection;
import dev.bellhop.server.execution.script.Spool;
import dev.bellhop.server.execution.script.Supervisor;
import dev.bellhop.server.hypervisor.VirtualMachine;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A command under the supervisor. As long as the agent knows its pid the agent tells the end, and a short command's output
 * with it; output of a longer one is read from the spool as it grows. Once the agent has forgotten it, or tells something
 * else, the spool tells everything.
 */
public final class SupervisedProcess implements GuestProcess {
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);

    /** A hostile or broken agent must not be asked for ever. */
    private static final int UNREADABLE_REPLIES = 20;

    /** Nor one that answers and says no, though a backup may freeze a guest for a while. */
    private static final Duration REFUSED_FOR_GOOD = Duration.ofHours(1);

    /** What a killed server has left open of shorter ones stays open. */
    private static final Duration SHORT = Duration.ofSeconds(1);

    private final ExecutionId id;
    private final long pid;
    private final Guest guest;
    private final EarliestStart sent;
    private final LongSupplier nanoTime;
    private final OutputPolling pace;
    private final CommandOutput output;
    private final SpoolTrimmer release;
    private final AgentResultReader byAgent;
    private final SpoolResultReader bySpool;
    /** A VM's disk keeps what its memory does not, so it is waited for longer than where the agent alone knows. */
    private final StoppedVm stopped;

    private final Stopwatch refused;
    private final PidOwnership owner;

    private final long begin;
    private OpenFiles storedFiles;

    /** Absent where its agent has started it, or an earlier server has. */
    private final @Nullable StreamedProcess streamed;

    private boolean streamKnows;
    private boolean agentKnows;
    /** The end as the agent told it, which it does once; the spool need not have it where the guest's disk is full. */
    private @Nullable CommandEnd told;

    private int unreadable;
    private boolean givenUp;

    SupervisedProcess(
            Execution execution,
            long pid,
            OpenFiles left,
            Guest guest,
            ReplyBudget.Share share,
            OutputLimit limit,
            StoppedVm stopped,
            EarliestStart sent,
            LongSupplier nanoTime) {
        this.id = execution.id();
        this.pid = pid;
        this.guest = guest;
        this.sent = sent;
        this.nanoTime = nanoTime;
        this.pace = new OutputPolling(nanoTime.getAsLong(), guest.firstLook(execution));
        Supervisor supervisor = guest.supervisor(id);
        Spool spool = supervisor.spool();
        this.begin = nanoTime.getAsLong();
        this.storedFiles = left;
        this.streamed = guest.processes().streamed(id, pid);
        this.output = new CommandOutput(execution, left, streamed, guest, spool, limit, pace, nanoTime);
        this.release = new SpoolTrimmer(guest, supervisor, id, output, nanoTime);
        this.byAgent = new AgentResultReader(id, pid, guest, spool, share, output, pace, nanoTime);
        this.bySpool = new SpoolResultReader(output, nanoTime);
        this.stopped = stopped;
        this.streamKnows = streamed != null;
        this.agentKnows = streamed == null;
        this.refused = new Stopwatch(nanoTime);
        this.owner = new PidOwnership(id, guest, sent, nanoTime);
    }

    @Override
    public @Nullable Ending look(Sink sink) throws InterruptedException {
        Optional<VirtualMachine> vm = guest.vm();
        if (vm.isEmpty()) {
            return away(stopped.isGone());
        }
        GuestAgent agent = vm.get().agent();
        pace.looking(nanoTime.getAsLong(), sink.isFollowed());
        try {
            Ending ending = streamKnows ? askStream(agent, sink) : agentKnows ? askAgent(agent, sink) : null;
            if (!streamKnows && !agentKnows) {
                ending = askSpool(agent, sink);
            }
            stopped.answers();
            return ending;
        } catch (AgentProtocolException e) {
            agentKnows = false;
            // Nothing shows any more whose the handles are.
            output.forgetFiles();
            return unreadable();
        } catch (AgentErrorException | RpcDisabledException | RpcMissingException e) {
            // Such as an agent that runs nothing while file systems are frozen.
            stopped.answers();
            Duration timeout = told == null ? REFUSED_FOR_GOOD : CommandOutput.REFUSED_FOR_GOOD;
            return refused.exceeds(timeout) ? giveUp(Reason.RESULT_UNREADABLE) : null;
        } catch (AgentException e) {
            return away(stopped.isGone(vm.get()));
        } finally {
            pace.looked(nanoTime.getAsLong());
        }
    }

    /** Nobody there answers: for how long says nothing of how long somebody there has refused, or has been at work. */
    private @Nullable Ending away(boolean isGone) {
        refused.ends();
        bySpool.away();
        output.away();
        return isGone ? giveUp(Reason.VM_STOPPED) : null;
    }

    /** Where the agent reads its output, it does so with handles for that alone: nothing shows here whose its others are. */
    private @Nullable Ending askStream(GuestAgent agent, Sink sink) throws AgentException, InterruptedException {
        refused.ends();
        return switch (Objects.requireNonNull(streamed).state()) {
            case StreamedProcess.State.Running _ -> {
                unreadable = 0;
                if (pace.isToBeRead(nanoTime.getAsLong())) {
                    output.follow(agent, sink);
                    release.giveBack(agent, sink);
                }
                yield null;
            }
            case StreamedProcess.State.Exited(ExecStatus status) ->
                take(byAgent.over(status, () -> {}, sink), agent, sink);
            case StreamedProcess.State.Lost _ -> {
                streamKnows = false;
                yield null;
            }
        };
    }

    private @Nullable Ending askAgent(GuestAgent agent, Sink sink) throws AgentException, InterruptedException {
        AgentResultReader.Answer answer = byAgent.ask(agent, sink);
        refused.ends();
        return take(answer, agent, sink);
    }

    private @Nullable Ending take(AgentResultReader.Answer answer, GuestAgent agent, Sink sink)
            throws AgentException, InterruptedException {
        return switch (answer) {
            case AgentResultReader.Answer.Over(Ending ending) -> ending;
            case AgentResultReader.Answer.AskSpool(@Nullable CommandEnd end) -> {
                streamKnows = false;
                agentKnows = false;
                told = end;
                yield null;
            }
            case AgentResultReader.Answer.Running running -> {
                if (owner.isAnother(agent)) {
                    agentKnows = false;
                    yield null;
                }
                storeFiles(sink);
                release.giveBack(agent, sink);
                unreadable = 0;
                yield null;
            }
        };
    }

    /** Of one that has been running for a while: most are not worth the write. */
    private void storeFiles(Sink sink) {
        OpenFiles files = output.openFiles();
        if (!files.equals(storedFiles) && nanoTime.getAsLong() - begin > SHORT.toNanos()) {
            storedFiles = files;
            sink.opened(files);
        }
    }

    private @Nullable Ending askSpool(GuestAgent agent, Sink sink) throws AgentException, InterruptedException {
        Optional<Inspection> inspection =
                guest.inspect(agent, id, bySpool.isToBeClaimed(), sent, Deadline.after(CALL_TIMEOUT));
        if (inspection.isEmpty()) {
            return unreadable();
        }
        unreadable = 0;
        refused.ends();
        return bySpool.read(inspection.get(), told, agent, sink);
    }

    private @Nullable Ending unreadable() {
        return ++unreadable >= UNREADABLE_REPLIES ? giveUp(Reason.RESULT_UNREADABLE) : null;
    }

    /** What is known is all that ever will be: perhaps the end, and some of the output. */
    private Ending giveUp(Reason reason) {
        givenUp = true;
        return told == null
                ? new Ending.Lost(reason)
                : new Ending.Ended(told.state(), told.status(), output.captured(), List.of());
    }

    @Override
    public Duration pause() {
        long now = nanoTime.getAsLong();
        if (streamKnows) {
            return stopped.pause(pace.pauseForOutput(now));
        }
        return stopped.pause(agentKnows ? pace.pause(now) : pace.pauseBetweenScripts(now));
    }

    @Override
    public void onOver(Runnable wake) {
        if (streamed != null) {
            streamed.onOver(wake);
        }
    }

    /** What stands in the spool is removed once it is stored here, and else left to who looks after the guest. */
    @Override
    public void close(boolean ended) {
        guest.vm().ifPresent(vm -> output.closeFiles(vm.agent()));
        if (ended) {
            guest.processes().release(id, pid);
            if (!givenUp && !output.isLeftInGuest()) {
                guest.removeLater(id);
            }
        }
    }
}
