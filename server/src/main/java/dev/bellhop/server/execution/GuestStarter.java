// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Starts commands in guests, and takes up those that run. Thread safe. */
final class GuestStarter {
    private final VmDirectory directory;
    private final ConcurrentMap<VmId, Guest> guests = new ConcurrentHashMap<>();

    GuestStarter(VmDirectory directory) {
        this.directory = directory;
    }

    /** What came of asking a guest to start a command. */
    sealed interface Attempt {
        record Started(ExecutionMode mode, long pid, GuestProcess process) implements Attempt {}

        /** It has certainly not been started. */
        record NotStarted(AgentException trouble) implements Attempt {
            /** Whether the same may work later without anything being changed in the guest. */
            boolean mayPass() {
                return !(trouble instanceof AgentErrorException
                        || trouble instanceof RpcDisabledException
                        || trouble instanceof RpcMissingException);
            }
        }

        /** It may have been started. */
        record Unconfirmed(AgentException trouble) implements Attempt {}
    }

    VmDirectory directory() {
        return directory;
    }

    /** The guest of a VM; the same object each time. */
    Guest guest(VmId vm) {
        return guests.computeIfAbsent(vm, id -> new Guest());
    }

    Attempt start(
            Execution execution, Delivery delivery, VirtualMachine vm, ReplyBudget.Share share, Deadline deadline) {
        ExecCommand command = GuestShell.command(execution.spec().command().text());
        GuestProcesses processes = guest(vm.id()).processes();
        long pid;
        try {
            pid = processes.start(execution.id(), vm.agent(), command, deadline);
        } catch (GuestProcesses.NotReadyException e) {
            return new Attempt.NotStarted(e.trouble());
        } catch (AgentException e) {
            return e.mayHaveActed() ? new Attempt.Unconfirmed(e) : new Attempt.NotStarted(e);
        }
        return new Attempt.Started(ExecutionMode.DIRECT, pid, direct(execution, pid, share));
    }

    /** Takes up an execution that an earlier server started. */
    GuestProcess resume(Execution execution, ReplyBudget.Share share) {
        long pid = Objects.requireNonNull(execution.pid());
        guest(execution.vm()).processes().adopt(execution.id(), pid);
        return direct(execution, pid, share);
    }

    private GuestProcess direct(Execution execution, long pid, ReplyBudget.Share share) {
        return new DirectProcess(
                execution, pid, directory, guest(execution.vm()).processes(), share, new StoppedVm(StoppedVm.FOR_GOOD));
    }
}
