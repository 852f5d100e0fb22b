// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v1.ExecRequest;
import dev.bellhop.api.v2.execution.AgentExecAvailability;
import dev.bellhop.api.v2.execution.AgentExecStarted;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.IdempotencyHeader;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.ResultJson;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.AgentExec;
import dev.bellhop.server.service.MaskedOutput;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import java.util.List;
import java.util.Objects;

/** {@code /api/v2/vps/{vmid}/agent/exec}: the requests that clients of the hosted v2 send. */
public record V2Exec(VmAccess access, AgentExec exec) {
    private static final String PATH = "/api/v2/vps/{vmid}/agent/exec";

    public List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.EXECUTION_RESULT, this::read).query("pid"),
                new Route("POST", PATH, UseCase.EXECUTION_START, this::start).idempotent());
    }

    private HttpResponse start(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        // Unknown fields are ignored, as in v1, because older clients can send more.
        String command = call.body(ExecRequest.class).command();
        AgentExec.Started started = exec.start(
                vm,
                command,
                () -> IdempotencyHeader.read(
                        call, vm.id(), CreateExecution.command(command).build()));
        long pid = Objects.requireNonNull(started.execution().pid());
        String path = PATH.replace("{vmid}", vm.id().toString());
        return HttpResponse.json(200, new AgentExecStarted(pid, path + "?pid=" + pid))
                .with(IdempotencyHeader.replayed(started.replayed()));
    }

    private HttpResponse read(Call call) {
        VisibleVm vm = access.visible(call.permit(), Parameters.vmid(call));
        return switch (exec.read(vm, Parameters.pid(call).orElse(null), false)) {
            case AgentExec.Reading.Result(ExecutionSnapshot snapshot, MaskedOutput output) -> result(snapshot, output);
            case AgentExec.Reading.Availability(AgentReport report) ->
                HttpResponse.json(
                        200,
                        new AgentExecAvailability(
                                report.isAvailable(),
                                VmViews.whyNot(report),
                                report.availability().wireName(),
                                report.vm().vmRunning()));
        };
    }

    private static HttpResponse result(ExecutionSnapshot snapshot, MaskedOutput output) {
        Execution execution = snapshot.execution();
        ExitStatus exit = execution.exit();
        return ResultJson.response(snapshot, json -> {
            json.writeNumberProperty("pid", Objects.requireNonNull(execution.pid()));
            // A lost command counts as ended for a waiting client: nothing more will ever be known about it.
            json.writeBooleanProperty("exited", execution.state().isFinal());
            if (exit != null && exit.code() != null) {
                json.writeNumberProperty("exitCode", exit.code());
            }
            ResultJson.writeOutput(json, output, snapshot);
        });
    }
}
