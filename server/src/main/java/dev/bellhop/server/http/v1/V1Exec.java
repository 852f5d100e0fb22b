// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v1;

import dev.bellhop.api.Json;
import dev.bellhop.api.v1.AgentAvailability;
import dev.bellhop.api.v1.Envelope;
import dev.bellhop.api.v1.ExecRequest;
import dev.bellhop.api.v1.ExecStarted;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.ResultJson;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.AgentExec;
import dev.bellhop.server.service.MaskedOutput;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** {@code /api/vm/{vmid}/agent/exec}: runs a command, reads its result, and reports whether a VM can run commands. */
public record V1Exec(VmAccess access, AgentExec exec) {
    private static final String PATH = "/api/vm/{vmid}/agent/exec";

    public List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.EXECUTION_RESULT, this::read),
                new Route("POST", PATH, UseCase.EXECUTION_START, this::start));
    }

    private HttpResponse start(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        String command = call.body(ExecRequest.class).command();
        Execution running = exec.start(vm, command, () -> null).execution();
        long pid = Objects.requireNonNull(running.pid());
        ExecStarted started = new ExecStarted(
                true, command, "Command execution started", pid, running.id().toString());
        return envelope(call, started);
    }

    private HttpResponse read(Call call) {
        VisibleVm vm = access.visible(call.permit(), Parameters.vmid(call));
        return switch (exec.read(vm, Parameters.pid(call).orElse(null), true)) {
            case AgentExec.Reading.Result(ExecutionSnapshot snapshot, MaskedOutput output) ->
                result(call, snapshot, output);
            case AgentExec.Reading.Availability(AgentReport report) ->
                envelope(
                        call,
                        new AgentAvailability(
                                true,
                                report.isAvailable(),
                                report.message(),
                                report.vm().vmRunning()));
        };
    }

    static HttpResponse envelope(Call call, Object data) {
        return HttpResponse.json(200, new Envelope<>(true, call.receivedAt(), call.id(), data));
    }

    private static HttpResponse result(Call call, ExecutionSnapshot snapshot, MaskedOutput shown) {
        return ResultJson.response(snapshot, json -> {
            json.writeBooleanProperty("success", true);
            json.writeStringProperty("timestamp", Json.timestamp(call.receivedAt()));
            json.writeStringProperty("requestId", call.id());
            json.writeObjectPropertyStart("data");
            writeData(json, snapshot, shown);
            json.writeEndObject();
        });
    }

    private static void writeData(JsonGenerator json, ExecutionSnapshot snapshot, MaskedOutput shown) {
        Execution execution = snapshot.execution();
        ExitStatus exit = execution.exit();
        json.writeBooleanProperty("success", true);
        json.writeNumberProperty("pid", Objects.requireNonNull(execution.pid()));
        // A lost command counts as ended for a waiting client: nothing more will ever be known about it.
        json.writeBooleanProperty("exited", execution.state() != ExecutionState.RUNNING);
        if (exit != null) {
            number(json, "exitcode", exit.code());
            number(json, "signal", exit.signal());
        }
        ResultJson.writeOutput(json, shown, snapshot);
        json.writeStringProperty("executionId", execution.id().toString());
        json.writeStringProperty("state", execution.state().wireName());
        if (execution.reason() != null) {
            json.writeStringProperty("reason", execution.reason().wireName());
        }
        json.writeBooleanProperty("truncated", execution.output().truncated());
        time(json, "startedAt", execution.startedAt());
        time(json, "finishedAt", execution.finishedAt());
    }

    private static void number(JsonGenerator json, String name, @Nullable Integer value) {
        if (value != null) {
            json.writeNumberProperty(name, value);
        }
    }

    private static void time(JsonGenerator json, String name, @Nullable Instant time) {
        if (time != null) {
            json.writeStringProperty(name, Json.timestamp(time));
        }
    }
}
