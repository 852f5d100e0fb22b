// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.guest.StoppedVm;
import dev.bellhop.server.hypervisor.VirtualMachine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A command that the agent alone looks after. It alone asks the agent for this pid: the agent tells a result once, and
 * whoever hears it owns it.
 *
 * <p>An agent that cannot be reached is no end: guests reboot their agents, hosts restart, sockets come and go. It is
 * asked again until it answers, or until the VM has been seen stopped for a while.
 */
final class DirectProcess implements GuestProcess {
    /** Long enough for 32 MiB of output over a slow channel, and for a guest that is paused for a backup. */
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);

    /** A hostile or broken agent must not be polled for ever; a single garbled line must not lose a result. */
    private static final int UNREADABLE_REPLIES = 5;

    /** Large outputs are written in pieces, so that other executions' writes find their turn in between. */
    private static final int PIECE = 64 * 1024;

    private final ExecutionId id;
    private final long pid;
    private final Guest guest;
    private final ReplyBudget.Share share;
    private final OutputLimit limit;
    private final StoppedVm stopped;
    private final EndPolling pace;

    private int unreadable;

    DirectProcess(
            Execution execution, long pid, Guest guest, ReplyBudget.Share share, OutputLimit limit, StoppedVm stopped) {
        this.id = execution.id();
        this.pid = pid;
        this.guest = guest;
        this.share = share;
        this.pace = new EndPolling(System.nanoTime(), guest.firstLook(execution));
        this.limit = limit;
        this.stopped = stopped;
    }

    @Override
    public @Nullable Ending look(Sink sink) throws InterruptedException {
        Optional<VirtualMachine> vm = guest.vm();
        if (vm.isEmpty()) {
            return orLost(stopped.isGone());
        }
        pace.looking(System.nanoTime());
        try {
            ExecStatus status = guest.processes().poll(id, pid, vm.get().agent(), share, Deadline.after(CALL_TIMEOUT));
            stopped.answers();
            unreadable = 0;
            if (status == null) {
                return new Ending.Lost(Reason.PID_REUSED);
            }
            return status.exited() ? ended(status, sink) : null;
        } catch (AgentErrorException e) {
            return e.isUnknownPid() ? new Ending.Lost(Reason.AGENT_FORGOT) : null;
        } catch (AgentProtocolException e) {
            return e.isTooLarge() || ++unreadable >= UNREADABLE_REPLIES
                    ? new Ending.Lost(Reason.RESULT_UNREADABLE)
                    : null;
        } catch (AgentException e) {
            return orLost(stopped.isGone(vm.get()));
        }
    }

    private static @Nullable Ending orLost(boolean isGone) {
        return isGone ? new Ending.Lost(Reason.VM_STOPPED) : null;
    }

    private Ending ended(ExecStatus status, Sink sink) throws InterruptedException {
        pace.ended();
        OutputSize size = kept(status);
        List<OutputChunk> last = new ArrayList<>();
        for (OutputStreamName stream : OutputStreamName.values()) {
            boolean isStdout = stream == OutputStreamName.STDOUT;
            byte[] bytes = isStdout ? status.stdout() : status.stderr();
            int length = (int) size.of(stream);
            for (int from = 0; from < length; from += PIECE) {
                int to = Math.min(length, from + PIECE);
                // Copied when its turn comes, so that a large output is not held twice.
                var piece = new OutputChunk(stream, from, Arrays.copyOfRange(bytes, from, to));
                if (size.total() <= PIECE) {
                    last.add(piece);
                } else {
                    long stdout = isStdout ? to : size.stdoutBytes();
                    sink.append(List.of(piece), new OutputSize(stdout, isStdout ? 0 : to, false));
                }
            }
        }
        return new Ending.Ended(ExecutionState.EXITED, ExitStatus.of(status), size, last);
    }

    /** How much of the output is kept, and how much there was; of a stream that the agent has cut short it cannot tell. */
    private OutputSize kept(ExecStatus status) {
        int stdout = status.stdout().length;
        int stderr = status.stderr().length;
        long room = limit.room(0);
        long out = Math.min(stdout, room);
        long err = Math.min(stderr, room - out);
        boolean truncated = status.stdoutTruncated() || status.stderrTruncated() || out < stdout || err < stderr;
        return new OutputSize(
                out,
                err,
                truncated,
                out < stdout && !status.stdoutTruncated() ? (Long) (long) stdout : null,
                err < stderr && !status.stderrTruncated() ? (Long) (long) stderr : null);
    }

    @Override
    public Duration pause() {
        return pace.pause(System.nanoTime());
    }

    @Override
    public void close(boolean ended) {
        if (ended) {
            guest.processes().release(id, pid);
        }
    }
}
