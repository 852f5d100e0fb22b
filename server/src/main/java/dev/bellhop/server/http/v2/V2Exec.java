// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.Json;
import dev.bellhop.api.v1.ExecRequest;
import dev.bellhop.api.v2.execution.AgentExecAvailability;
import dev.bellhop.api.v2.execution.AgentExecStarted;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.http.Answer;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.IdempotencyHeader;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.ResultText;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.AgentExec;
import dev.bellhop.server.service.MaskedOutput;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.core.JsonGenerator;

/** {@code /api/v2/vps/{vmid}/agent/exec}: what clients of the hosted v2 send. */
public final class V2Exec {
    private static final String PATH = "/api/v2/vps/{vmid}/agent/exec";
    private static final Map<String, String> HEADERS = Map.of("Cache-Control", "no-store");

    private final VmAccess access;
    private final AgentExec exec;

    public V2Exec(VmAccess access, AgentExec exec) {
        this.access = access;
        this.exec = exec;
    }

    public List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.EXECUTION_RESULT, this::read),
                new Route("POST", PATH, UseCase.EXECUTION_START, this::start));
    }

    private Answer start(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        String command = call.body(ExecRequest.class).command();
        Execution running = exec.start(
                vm,
                command,
                () -> IdempotencyHeader.read(
                        call, vm.id(), CreateExecution.command(command).build()));
        long pid = Objects.requireNonNull(running.pid());
        String path = PATH.replace("{vmid}", vm.id().toString());
        return Answer.json(200, new AgentExecStarted(pid, path + "?pid=" + pid));
    }

    private Answer read(Call call) {
        VisibleVm vm = access.visible(call.permit(), Parameters.vmid(call));
        Long pid = Parameters.pid(call).orElse(null);
        return switch (exec.read(vm, pid, false)) {
            case AgentExec.Reading.Result(ExecutionSnapshot snapshot, MaskedOutput output) -> result(snapshot, output);
            case AgentExec.Reading.Availability(AgentReport report) ->
                Answer.json(
                        200,
                        new AgentExecAvailability(
                                report.isAvailable(),
                                report.isAvailable() ? null : report.message(),
                                report.availability().wireName(),
                                report.vm().vmRunning()));
        };
    }

    private static Answer result(ExecutionSnapshot snapshot, MaskedOutput output) {
        if (snapshot.stdout() == null) {
            return new Answer.Streamed(200, HEADERS, Answer.JSON, out -> write(snapshot, output, out));
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream(1024);
        write(snapshot, output, body);
        return new Answer.Whole(200, HEADERS, Answer.JSON, body.toByteArray());
    }

    private static void write(ExecutionSnapshot snapshot, MaskedOutput output, OutputStream out) {
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
            ResultText.write(json, output, snapshot, OutputStreamName.STDOUT);
            json.writeName("stderr");
            ResultText.write(json, output, snapshot, OutputStreamName.STDERR);
            json.writeEndObject();
        }
    }
}
