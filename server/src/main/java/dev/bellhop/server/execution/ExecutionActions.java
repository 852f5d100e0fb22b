// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.hypervisor.AgentTrouble;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** What can be done to an execution while it runs. Thread safe. */
public final class ExecutionActions {
    private static final Duration MOMENT = Duration.ofMillis(5);

    private final ExecutionParts parts;

    ExecutionActions(ExecutionParts parts) {
        this.parts = parts;
    }

    /**
     * Sends a signal to all processes of an execution.
     *
     * @param signal its number in the guest, 1 to 64
     * @throws BellhopException as {@link Executions#cancel}; {@code AGENT_UNAVAILABLE}
     */
    public void signal(ExecutionId id, int signal, Deadline deadline) {
        LiveExecution live = live(id);
        requireNotDirect(live);
        VirtualMachine vm = vm(live);
        try {
            ExecCommand command = parts.starter().supervisor().signal(id, signal);
            byte[] answer = parts.starter()
                    .guest(vm.id())
                    .script(vm.agent(), command, deadline)
                    .stdout();
            if (!GroupAction.SIGNAL.parse(answer, id).equals(Optional.of(GroupAction.Outcome.SENT))) {
                throw hasEnded();
            }
        } catch (AgentException e) {
            throw unavailable(vm, "signal an execution", e);
        }
        live.wake();
    }

    /**
     * Adds to the stdin of an execution that was started with the promise of more.
     *
     * @param offset where in all of its stdin the bytes stand; what is there already is not written again
     * @param end whether nothing follows
     * @return the offset of what is to follow
     * @throws BellhopException {@code STDIN_GAP} where bytes are missing before these, {@code STDIN_CLOSED} where it takes no
     *     more, and as {@link #signal}
     */
    public long writeInput(ExecutionId id, long offset, byte[] bytes, boolean end, Deadline deadline) {
        LiveExecution live = live(id);
        requireNotDirect(live);
        VirtualMachine vm = vm(live);
        if (live.durable().mode() == null) {
            live.storePid();
            Writes.await(live.started(), deadline.remaining());
        }
        GuestInput input =
                new GuestInput(vm.agent(), parts.starter().supervisor().spool(), id);
        try {
            GuestProcesses processes = parts.starter().guest(vm.id()).processes();
            while (true) {
                OptionalLong length =
                        processes.apart(vm.agent(), deadline, () -> input.write(offset, bytes, end, deadline));
                if (length.isPresent()) {
                    return length.getAsLong();
                }
                // A moment passes between the pid and the supervisor's first steps.
                if (!live.expectsInput() || live.awaitEnd(MOMENT) != null || deadline.hasPassed()) {
                    throw GuestInput.closed();
                }
            }
        } catch (AgentException e) {
            throw unavailable(vm, "write the stdin of an execution", e);
        }
    }

    /** An execution that has not ended. */
    LiveExecution live(ExecutionId id) {
        LiveExecution live = parts.executions().live(id);
        if (live == null) {
            throw hasEnded();
        }
        return live;
    }

    private VirtualMachine vm(LiveExecution live) {
        VmId id = live.durable().vm();
        return parts.starter()
                .directory()
                .find(id)
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.AGENT_UNAVAILABLE, "Cannot reach the command because VM " + id + " is gone"));
    }

    static void requireNotDirect(LiveExecution live) {
        if (live.durable().mode() == ExecutionMode.DIRECT) {
            throw new BellhopException(
                    ErrorCode.NOT_SUPPORTED,
                    "Cannot do this to an execution that the guest agent alone looks after (mode direct)");
        }
    }

    private static BellhopException hasEnded() {
        return new BellhopException(ErrorCode.EXECUTION_ENDED, "Cannot do this because the execution has ended");
    }

    private static BellhopException unavailable(VirtualMachine vm, String what, AgentException trouble) {
        return new BellhopException(
                ErrorCode.AGENT_UNAVAILABLE,
                "Cannot " + what + " in VM " + vm.id() + " because " + AgentTrouble.describe(vm, trouble),
                trouble);
    }
}
