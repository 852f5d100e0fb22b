// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v1.AgentAvailability;
import dev.bellhop.api.v1.Envelope;
import dev.bellhop.api.v1.ExecRequest;
import dev.bellhop.api.v1.ExecStarted;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.Executions;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.health.AgentReport;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** {@code /api/vm/{vmid}/agent/exec}: run a command, read its result, or ask whether that is possible. */
final class V1Exec {
    private static final String PATH = "/api/vm/{vmid}/agent/exec";
    private static final int LONGEST_COMMAND = 4096;

    /**
     * How long an answer that would say "still running" is held back. Clients ask in loops; those whose command is about
     * to end so get its end at the first asking, and those that do not sleep between two askings cost little.
     */
    private static final Duration PATIENCE = Duration.ofMillis(20);

    private final VmAccess access;
    private final Executions executions;
    private final ShownOutput shown;
    private final AgentChecks checks;
    private final PolicyCheck policy;
    private final Timeouts timeouts;

    V1Exec(
            VmAccess access,
            Executions executions,
            ShownOutput shown,
            AgentChecks checks,
            PolicyCheck policy,
            Timeouts timeouts) {
        this.access = access;
        this.executions = executions;
        this.shown = shown;
        this.checks = checks;
        this.policy = policy;
        this.timeouts = timeouts;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.EXECUTION_RESULT, this::read),
                new Route("POST", PATH, UseCase.EXECUTION_START, this::start));
    }

    private Answer start(Call call) {
        VirtualMachine vm = access.vm(call);
        String command = command(call.body(ExecRequest.class));
        ExecutionRequest request = ExecutionRequest.of(
                command,
                call.caller().id(),
                call.caller().account(),
                call.caller().labels());
        policy.require(call, request);
        Execution running = shown.started(
                request.spec(), () -> executions.start(vm.id(), request, Deadline.after(timeouts.start())));
        call.note().about(running);
        long pid = Objects.requireNonNull(running.pid());
        ExecStarted started = new ExecStarted(
                true, command, "Command execution started", pid, running.id().toString());
        return envelope(call, started);
    }

    private Answer read(Call call) {
        VmId id = access.vmid(call);
        Optional<Long> pid = Parameters.pid(call);
        if (pid.isEmpty()) {
            return availability(call, access.vm(call));
        }
        // Output can hold secrets, so a key that may only look at VMs does not get to see it.
        boolean mayRead = call.caller().allows(Scope.WRITE_VM);
        Optional<ExecutionSnapshot> found = mayRead
                ? executions
                        .findByPid(id, pid.get(), call.caller().account(), PATIENCE)
                        .filter(seen ->
                                call.caller().seesLabels(seen.execution().spec().labels()))
                : Optional.empty();
        if (found.isPresent()) {
            call.note().readsOutputOf(found.get().execution());
            return V1ExecResult.answer(call, found.get(), shown);
        }
        VirtualMachine vm = access.vm(call);
        if (pid.get().equals(vm.state(Deadline.after(timeouts.state())).processId())) {
            return availability(call, vm);
        }
        throw mayRead
                ? new BellhopException(
                        ErrorCode.NOT_FOUND,
                        "Cannot find a command with this pid in VM " + id
                                + "; it was not started here, or its result is older than the retention")
                : new BellhopException(
                        ErrorCode.FORBIDDEN,
                        "Cannot read a command's result with a key that lacks the scope " + Scope.WRITE_VM.wireName());
    }

    private Answer availability(Call call, VirtualMachine vm) {
        AgentReport check = checks.check(vm);
        return envelope(
                call,
                new AgentAvailability(
                        true, check.isAvailable(), check.message(), check.vm().vmRunning()));
    }

    static Answer envelope(Call call, Object data) {
        return Answer.json(200, new Envelope<>(true, call.receivedAt(), call.id(), data));
    }

    /** The command in a request, if it can be one. */
    static String command(ExecRequest request) {
        String command = request.command();
        if (command.isBlank()) {
            throw invalid("Cannot run an empty command", "A command for the guest's shell", Fault.OUT_OF_RANGE);
        }
        if (command.codePointCount(0, command.length()) > LONGEST_COMMAND) {
            throw invalid(
                    "Cannot run a command of more than " + LONGEST_COMMAND
                            + " characters; put it into a script in the guest and run that",
                    "At most " + LONGEST_COMMAND + " characters",
                    Fault.OUT_OF_RANGE);
        }
        return command;
    }

    private static BellhopException invalid(String message, String detail, Fault fault) {
        return new BellhopException(message, List.of(new FieldFault("/command", detail, fault)));
    }
}
