// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.PowerState;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Follows one running execution to its end. It alone asks the agent for this pid: the agent tells a result once, and
 * whoever hears it owns it.
 *
 * <p>An agent that cannot be reached is no end: guests reboot their agents, hosts restart, sockets come and go. Polling
 * goes on until the agent answers, or until the VM has been seen stopped for a while.
 */
final class StatusPoller {
    /** Long enough for 32 MiB of output over a slow channel, and for a guest that is paused for a backup. */
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration STATE_TIMEOUT = Duration.ofSeconds(2);

    /** After this long a VM that is off has no processes any more. */
    static final Duration STOPPED_FOR_GOOD = Duration.ofMinutes(1);

    /** A hostile or broken agent must not be polled for ever; a single garbled line must not lose a result. */
    private static final int UNREADABLE_REPLIES = 5;

    private final Execution execution;
    private final long pid;
    private final VmDirectory directory;
    private final GuestProcesses processes;
    private final ReplyBudget.Share share;
    private final CountDownLatch stop;
    private final Duration stoppedForGood;

    private int unreadable;
    private @Nullable Long stoppedSince;

    /**
     * @param share what the result is held in; the caller closes it when the result is stored
     * @param stop opened when the server stops
     * @param stoppedForGood usually {@link #STOPPED_FOR_GOOD}
     */
    StatusPoller(
            Execution execution,
            long pid,
            VmDirectory directory,
            GuestProcesses processes,
            ReplyBudget.Share share,
            CountDownLatch stop,
            Duration stoppedForGood) {
        this.execution = execution;
        this.pid = pid;
        this.directory = directory;
        this.processes = processes;
        this.share = share;
        this.stop = stop;
        this.stoppedForGood = stoppedForGood;
    }

    /** How it came out. */
    sealed interface Ending {
        record Exited(ExecStatus status) implements Ending {}

        record Lost(Reason reason) implements Ending {}
    }

    /**
     * Blocks until the execution has ended; empty where the server stops first. Asks at once: the agent answers
     * {@code guest-exec} when the program has been started, and a short one has ended by then.
     */
    Optional<Ending> await() throws InterruptedException {
        long begin = System.nanoTime();
        Duration delay = Duration.ZERO;
        while (!stop.await(delay.toNanos(), TimeUnit.NANOSECONDS)) {
            Ending ending = poll();
            if (ending != null) {
                return Optional.of(ending);
            }
            delay = PollSchedule.delayAfter(Duration.ofNanos(System.nanoTime() - begin));
        }
        return Optional.empty();
    }

    private @Nullable Ending poll() {
        Optional<VirtualMachine> vm = directory.find(execution.vm());
        if (vm.isEmpty()) {
            return stopped();
        }
        try {
            ExecStatus status =
                    processes.poll(execution.id(), pid, vm.get().agent(), share, Deadline.after(CALL_TIMEOUT));
            stoppedSince = null;
            unreadable = 0;
            if (status == null) {
                return new Ending.Lost(Reason.PID_REUSED);
            }
            return status.exited() ? new Ending.Exited(status) : null;
        } catch (AgentErrorException e) {
            return e.isUnknownPid() ? new Ending.Lost(Reason.AGENT_FORGOT) : null;
        } catch (AgentProtocolException e) {
            return ++unreadable >= UNREADABLE_REPLIES ? new Ending.Lost(Reason.RESULT_UNREADABLE) : null;
        } catch (AgentException e) {
            boolean off = vm.get().state(Deadline.after(STATE_TIMEOUT)).power() == PowerState.STOPPED;
            if (off) {
                return stopped();
            }
            stoppedSince = null;
            return null;
        }
    }

    /** A VM that is off for a moment may be restarting its agent or moving its socket; one that stays off has no processes. */
    private @Nullable Ending stopped() {
        long now = System.nanoTime();
        if (stoppedSince == null) {
            stoppedSince = now;
        }
        return now - stoppedSince > stoppedForGood.toNanos() ? new Ending.Lost(Reason.VM_STOPPED) : null;
    }
}
