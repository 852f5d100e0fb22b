// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.hypervisor.AgentTrouble;
import dev.bellhop.server.hypervisor.VirtualMachine;
import java.time.Duration;

/**
 * Sends signals in one VM, and tells apart what was certainly not sent from what may have been: once its script is
 * started a signal is on its way, whatever becomes of the answer.
 */
final class SignalSender {
    private final VirtualMachine vm;
    private final GuestProcesses processes;
    private final Supervisor supervisor;
    private final ReplyBudget budget;
    private final ExecutionIds ids;

    SignalSender(VirtualMachine vm, ExecutionParts parts, ExecutionIds ids) {
        this.vm = vm;
        this.processes = parts.starter().guest(vm.id()).processes();
        this.supervisor = parts.starter().supervisor();
        this.budget = parts.budget();
        this.ids = ids;
    }

    /**
     * Sends a signal to the processes of an execution, once, where there are any.
     *
     * @throws BellhopException {@code AGENT_UNAVAILABLE}: nothing was sent; {@code START_UNCONFIRMED}: it may have been
     */
    GroupAction.Outcome send(ExecutionId id, int signal, Deadline deadline) {
        ExecutionId call = ids.next();
        long pid = start(call, supervisor.signal(id, signal), deadline);
        try (ReplyBudget.Share share = budget.newShare()) {
            ExecStatus status = awaitEnd(call, pid, share, deadline);
            return GroupAction.SIGNAL
                    .parse(status.stdout(), id)
                    .orElseThrow(() -> new BellhopException(
                            ErrorCode.START_UNCONFIRMED, unconfirmed("what the guest answered cannot be read")));
        } catch (AgentException e) {
            throw new BellhopException(ErrorCode.START_UNCONFIRMED, unconfirmed(AgentTrouble.describe(vm, e)), e);
        } finally {
            processes.release(call, pid);
        }
    }

    private long start(ExecutionId call, ExecCommand command, Deadline deadline) {
        try {
            return processes.start(call, vm.agent(), command, deadline);
        } catch (GuestProcesses.NotReadyException e) {
            throw unavailable(e.trouble());
        } catch (AgentException e) {
            throw e.mayHaveActed()
                    ? new BellhopException(ErrorCode.START_UNCONFIRMED, unconfirmed(AgentTrouble.describe(vm, e)), e)
                    : unavailable(e);
        }
    }

    private ExecStatus awaitEnd(ExecutionId call, long pid, ReplyBudget.Share share, Deadline deadline)
            throws AgentException {
        GuestAgent agent = vm.agent();
        long begin = System.nanoTime();
        try {
            while (true) {
                ExecStatus status = processes.poll(call, pid, agent, share, deadline);
                if (status == null) {
                    throw agent.lateInQueue();
                }
                if (status.exited()) {
                    return status;
                }
                Thread.sleep(PollSchedule.delayAfter(Duration.ofNanos(System.nanoTime() - begin)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw agent.lateInQueue();
        }
    }

    private BellhopException unavailable(AgentException trouble) {
        return new BellhopException(
                ErrorCode.AGENT_UNAVAILABLE,
                "Cannot signal an execution in VM " + vm.id() + " because " + AgentTrouble.describe(vm, trouble),
                trouble);
    }

    private String unconfirmed(String why) {
        return "Cannot tell whether the signal was sent in VM " + vm.id() + " because " + why;
    }
}
