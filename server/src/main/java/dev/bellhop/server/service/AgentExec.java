// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.engine.Engine;
import dev.bellhop.server.execution.engine.ExecutionLookup;
import dev.bellhop.server.execution.engine.StartHandle;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vms.Vms;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs commands the way agents do: the start gives a pid, and the pid gives the result. Thread safe. */
public final class AgentExec {
    private static final int MAX_COMMAND_LENGTH = 4096;

    /**
     * How long "still running" is held back. Clients poll in loops: a command that is about to end then shows its end
     * in the first response, and clients that do not sleep between two requests cost little.
     */
    private static final Duration END_WAIT = Duration.ofMillis(20);

    private final Engine engine;
    private final ExecutionLookup executions;
    private final PolicyCheck policy;
    private final MaskedOutput output;
    private final VmAccess access;
    private final Vms vms;
    private final Timeouts timeouts;

    public AgentExec(
            Engine engine,
            ExecutionLookup executions,
            PolicyCheck policy,
            MaskedOutput output,
            VmAccess access,
            Vms vms,
            Timeouts timeouts) {
        this.engine = engine;
        this.executions = executions;
        this.policy = policy;
        this.output = output;
        this.access = access;
        this.vms = vms;
        this.timeouts = timeouts;
    }

    /**
     * The command of a request.
     *
     * @param replayed whether an earlier request with the same idempotency key has started it
     */
    public record Started(Execution execution, boolean replayed) {}

    /** The answer to a read with a pid or without one. */
    public sealed interface Reading {
        /** A command's current result. */
        record Result(ExecutionSnapshot snapshot, MaskedOutput output) implements Reading {}

        /** The agent's report on whether a command can run. */
        record Availability(AgentReport report) implements Reading {}
    }

    /**
     * Starts a command for the guest's shell; returns once it has a pid.
     *
     * @param key created only after the command is allowed to run; returns null if each request is a new command
     * @throws BellhopException {@code INVALID_FIELD}, {@code POLICY_REFUSED}, or like {@link Engine#start} and
     *     {@link StartHandle#awaitPid}
     */
    public Started start(VisibleVm vm, String command, Supplier<@Nullable IdempotencyKey> key) {
        Caller caller = vm.callerOf(UseCase.EXECUTION_START);
        check(command);
        ExecutionSpec spec = new ExecutionSpec(
                CommandLine.script(command),
                caller.key().id(),
                caller.tenant(),
                caller.key().labels(),
                null);
        ExecutionRequest request = new ExecutionRequest(spec, StartOptions.AWAITED);
        policy.require(vm.permit(), request);
        IdempotencyKey idempotency = key.get();
        Started started = output.started(spec, () -> {
            Deadline deadline = Deadline.after(timeouts.start());
            engine.awaitRoom(spec.tenant());
            StartHandle start = engine.start(vm.id(), request, idempotency, Duration.ZERO, deadline);
            return new Started(start.awaitPid(deadline), start.isReplayed());
        });
        AuditNote note = vm.permit().note();
        note.about(started.execution());
        if (idempotency != null) {
            // A repeated request starts nothing.
            note.isOneOfMany();
        }
        return started;
    }

    private static void check(String command) {
        if (command.isBlank()) {
            throw invalid("Cannot run an empty command", "A command for the guest's shell");
        }
        if (command.codePointCount(0, command.length()) > MAX_COMMAND_LENGTH) {
            throw invalid(
                    "Cannot run a command of more than " + MAX_COMMAND_LENGTH
                            + " characters; put it into a script in the guest and run that",
                    "At most " + MAX_COMMAND_LENGTH + " characters");
        }
    }

    private static BellhopException invalid(String message, String detail) {
        return new BellhopException(message, List.of(new FieldFault("/command", detail, Fault.OUT_OF_RANGE)));
    }

    /**
     * Returns the result of the newest command with this pid; without a pid, reports whether a command can run.
     *
     * @param vm a VM that the caller sees; it may no longer exist
     * @param orVm whether the pid can also be the pid of the VM's own process, which reports whether a command can run
     * @throws BellhopException {@code NOT_FOUND}, or {@code FORBIDDEN} if the caller is not allowed to read output
     */
    public Reading read(VisibleVm vm, @Nullable Long pid, boolean orVm) {
        Caller caller = vm.callerOf(UseCase.EXECUTION_RESULT);
        if (pid == null) {
            return new Reading.Availability(vms.check(vm.id()).report());
        }
        // Output can hold secrets, so a key that can only look at VMs does not see it.
        boolean mayRead = caller.allows(Scope.WRITE_VM);
        Optional<ExecutionSnapshot> found = mayRead
                ? executions
                        .find(vm.id(), pid, TenantFilter.seenBy(caller.tenant()), END_WAIT)
                        .filter(seen ->
                                caller.key().seesLabels(seen.execution().spec().labels()))
                : Optional.empty();
        if (found.isPresent()) {
            vm.permit().note().readsOutputOf(found.get().execution());
            executions.noteReader(found.get().execution().id());
            return new Reading.Result(found.get(), output.of(caller.key()));
        }
        if (orVm && pid.equals(vms.state(vm.id()).processId())) {
            return new Reading.Availability(vms.check(vm.id()).report());
        }
        access.requireThere(vm); // A VM that no longer exists has no commands.
        throw mayRead
                ? new BellhopException(
                        ErrorCode.NOT_FOUND,
                        "Cannot find a command with this pid in VM " + vm.id()
                                + "; it was not started here, or its result is older than the retention")
                : new BellhopException(
                        ErrorCode.FORBIDDEN,
                        "Cannot read a command's result with a key that lacks the scope " + Scope.WRITE_VM.wireName());
    }
}
