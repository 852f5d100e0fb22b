// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.Json;
import dev.bellhop.api.v1.ExecRequest;
import dev.bellhop.api.v2.AgentExecAvailability;
import dev.bellhop.api.v2.AgentExecStarted;
import dev.bellhop.api.v2.CreateExecution;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.Executions;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.IdempotencyKey;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.health.AgentReport;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.vm.VmId;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/** {@code /api/v2/vps/{vmid}/agent/exec}: what clients of the hosted v2 send. */
final class V2Exec {
    private static final String PATH = "/api/v2/vps/{vmid}/agent/exec";
    private static final Map<String, String> HEADERS = Map.of("Cache-Control", "no-store");

    /** As in v1, for clients that ask in loops. */
    private static final Duration PATIENCE = Duration.ofMillis(20);

    private final VmAccess access;
    private final Executions executions;
    private final ShownOutput shown;
    private final AgentChecks checks;
    private final PolicyCheck policy;
    private final Timeouts timeouts;

    V2Exec(
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
        VmId vm = access.vm(call).id();
        String command = V1Exec.command(call.body(ExecRequest.class));
        ExecutionRequest request = ExecutionRequest.of(
                command,
                call.caller().id(),
                call.caller().account(),
                call.caller().labels());
        policy.require(call, request);
        IdempotencyKey key = IdempotencyHeader.read(
                call, vm, CreateExecution.command(command).build());
        Execution running = shown.started(
                request.spec(), () -> executions.start(vm, request, key, Deadline.after(timeouts.start())));
        call.note().about(running);
        if (key != null) {
            // Repeated, it starts nothing.
            call.note().isOneOfMany();
        }
        long pid = Objects.requireNonNull(running.pid());
        return Answer.json(200, new AgentExecStarted(pid, PATH.replace("{vmid}", vm.toString()) + "?pid=" + pid));
    }

    private Answer read(Call call) {
        VmId vm = access.vmid(call);
        Optional<Long> pid = Parameters.pid(call);
        if (pid.isEmpty()) {
            AgentReport check = checks.check(access.vm(call));
            return Answer.json(
                    200,
                    new AgentExecAvailability(
                            check.isAvailable(),
                            check.isAvailable() ? null : check.message(),
                            check.availability().wireName(),
                            check.vm().vmRunning()));
        }
        // Output can hold secrets, so a key that may only look at VMs does not get to see it.
        if (!call.caller().allows(Scope.WRITE_VM)) {
            access.vm(call);
            throw new BellhopException(
                    ErrorCode.FORBIDDEN,
                    "Cannot read a command's result with a key that lacks the scope " + Scope.WRITE_VM.wireName());
        }
        return executions
                .findByPid(vm, pid.get(), call.caller().account(), PATIENCE)
                .filter(seen -> call.caller().seesLabels(seen.execution().spec().labels()))
                .map(found -> result(call, found))
                .orElseThrow(() -> {
                    access.vm(call);
                    return new BellhopException(
                            ErrorCode.NOT_FOUND,
                            "Cannot find a command with this pid in VM " + vm
                                    + "; it was not started here, or its result is older than the retention");
                });
    }

    private Answer result(Call call, ExecutionSnapshot snapshot) {
        call.note().readsOutputOf(snapshot.execution());
        if (snapshot.stdout() == null) {
            return new Answer.Streamed(200, HEADERS, Answer.JSON, out -> write(snapshot, out));
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream(1024);
        write(snapshot, body);
        return new Answer.Whole(200, HEADERS, Answer.JSON, body.toByteArray());
    }

    private void write(ExecutionSnapshot snapshot, OutputStream out) {
        Execution execution = snapshot.execution();
        ExitStatus exit = execution.exit();
        try (JsonGenerator json = Json.mapper().createGenerator(new ResultText.Unclosed(out))) {
            json.writeStartObject();
            json.writeNumberProperty("pid", Objects.requireNonNull(execution.pid()));
            // A lost command is over for whoever waits for it: nothing more will ever be known.
            json.writeBooleanProperty("exited", execution.state().isFinal());
            if (exit != null && exit.code() != null) {
                json.writeNumberProperty("exitCode", exit.code());
            }
            json.writeName("stdout");
            ResultText.write(json, shown, snapshot, OutputStreamName.STDOUT);
            json.writeName("stderr");
            ResultText.write(json, shown, snapshot, OutputStreamName.STDERR);
            json.writeEndObject();
        }
    }
}
