// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.health.AgentHealth;
import dev.bellhop.server.hypervisor.VirtualMachine;

/**
 * Sends signals in one VM, and tells apart what was certainly not sent from what may have been: once its script is
 * started a signal is on its way, whatever becomes of the answer.
 */
final class SignalSender {
    private final VirtualMachine vm;
    private final Guest guest;
    private final Supervisors supervisors;
    private final AgentHealth health;

    SignalSender(VirtualMachine vm, ExecutionParts parts) {
        this.vm = vm;
        this.guest = parts.starter().guest(vm.id());
        this.supervisors = parts.starter().supervisors();
        this.health = parts.health();
    }

    /**
     * Sends a signal to the processes of an execution, once, where there are any.
     *
     * @param check right before it is sent: what it throws is thrown, and nothing is
     * @throws BellhopException {@code AGENT_UNAVAILABLE}: nothing was sent; {@code START_UNCONFIRMED}: it may have been
     */
    GroupAction.Outcome send(ExecutionId id, int signal, Runnable check, Deadline deadline) {
        try (ScriptRun script = start(supervisors.of(id).signal(id, signal), check, deadline)) {
            return GroupAction.SIGNAL
                    .parse(script.end(deadline).stdout(), id)
                    .orElseThrow(() -> new BellhopException(
                            ErrorCode.START_UNCONFIRMED, unconfirmed("what the guest answered cannot be read")));
        } catch (AgentException e) {
            throw new BellhopException(ErrorCode.START_UNCONFIRMED, unconfirmed(health.why(vm, e)), e);
        }
    }

    private ScriptRun start(ExecCommand command, Runnable check, Deadline deadline) {
        try {
            return guest.start(vm.agent(), command, check, deadline);
        } catch (GuestProcesses.NotReadyException e) {
            throw unavailable(e.trouble());
        } catch (AgentException e) {
            throw e.mayHaveActed()
                    ? new BellhopException(ErrorCode.START_UNCONFIRMED, unconfirmed(health.why(vm, e)), e)
                    : unavailable(e);
        }
    }

    private BellhopException unavailable(AgentException trouble) {
        return new BellhopException(
                ErrorCode.AGENT_UNAVAILABLE,
                "Cannot signal an execution in VM " + vm.id() + " because " + health.why(vm, trouble),
                trouble);
    }

    private String unconfirmed(String why) {
        return "Cannot tell whether the signal was sent in VM " + vm.id() + " because " + why;
    }
}
