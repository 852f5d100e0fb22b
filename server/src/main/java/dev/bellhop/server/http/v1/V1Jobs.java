// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v1;

import dev.bellhop.api.v1.JobStarted;
import dev.bellhop.api.v1.JobStatus;
import dev.bellhop.api.v1.StatusChange;
import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationState;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.vm.OperationReads;
import dev.bellhop.server.service.vm.OperationStarts;
import java.time.Duration;
import java.util.List;

/**
 * {@code POST /api/vm/{vmid}/status} and {@code /api/jobs/{jobId}}: switches VMs on or off, and reports the progress.
 */
public record V1Jobs(VmAccess access, OperationStarts starts, OperationReads reads) {
    public List<Route> routes() {
        return List.of(
                new Route("POST", "/api/vm/{vmid}/status", UseCase.OPERATION_START, this::start),
                new Route("GET", "/api/jobs/{jobId}", UseCase.OPERATION_FIND, this::read));
    }

    private HttpResponse start(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        StatusChange wanted = call.strictBody(StatusChange.class);
        OperationAction action = action(wanted);
        OperationStarts.Started started = starts.start(vm, action, new PowerOptions(wanted.force(), null), () -> null);
        String name = action.wireName();
        return V1Exec.envelope(
                call,
                new JobStarted(
                        true,
                        name,
                        started.operation().id().toString(),
                        name + " operation queued",
                        started.estimate().toSeconds()));
    }

    private static OperationAction action(StatusChange wanted) {
        return OperationAction.parse(wanted.action())
                .filter(action -> action != OperationAction.RESET && action != OperationAction.REBOOT)
                .orElseThrow(() -> new BellhopException(
                        "Cannot do this to a VM; the actions are start, shutdown, stop and restart",
                        List.of(new FieldFault(
                                "/action", "One of start, shutdown, stop and restart", Fault.UNKNOWN_VALUE))));
    }

    private HttpResponse read(Call call) {
        Operation operation = reads.find(call.permit(), call.pathParameter("jobId"), Duration.ZERO);
        OperationState state = operation.state();
        return V1Exec.envelope(
                call,
                new JobStatus(
                        true,
                        operation.id().toString(),
                        operation.request().action().wireName(),
                        operation.vm().value(),
                        state.wireName(),
                        state.wireName(),
                        operation.progress(),
                        operation.progressMessage(),
                        state == OperationState.COMPLETED,
                        state == OperationState.FAILED,
                        state == OperationState.RUNNING,
                        state == OperationState.WAITING,
                        operation.createdAt(),
                        operation.finishedAt(),
                        state.isFinal() ? operation.progressMessage() : null));
    }
}
