// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v1;

import dev.bellhop.api.v1.JobStarted;
import dev.bellhop.api.v1.JobStatus;
import dev.bellhop.api.v1.StatusChange;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.http.Answer;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.JobAccess;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.OperationState;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vms.Vms;
import java.util.List;

/** {@code POST /api/vm/{vmid}/status} and {@code /api/jobs/{jobId}}: switch a VM on or off, and see how that stands. */
public final class V1Jobs {
    private final Vms vms;
    private final Operations jobs;
    private final VmAccess access;
    private final JobAccess operations;

    public V1Jobs(VmAccess access, Vms vms, Operations jobs, JobAccess operations) {
        this.vms = vms;
        this.jobs = jobs;
        this.access = access;
        this.operations = operations;
    }

    public List<Route> routes() {
        return List.of(
                new Route("POST", "/api/vm/{vmid}/status", UseCase.OPERATION_START, this::start),
                new Route("GET", "/api/jobs/{jobId}", UseCase.OPERATION_FIND, this::read));
    }

    private Answer start(Call call) {
        VmId vm = access.find(call.permit(), Parameters.vmid(call)).id();
        StatusChange wanted = call.strictBody(StatusChange.class);
        OperationAction action = action(wanted);
        Key caller = call.caller();
        OperationRequest request = new OperationRequest(
                action, Boolean.TRUE.equals(wanted.force()), jobs.usualGrace(), caller.id(), caller.tenant(), null);
        call.note().aboutOperation(action);
        Operation job = vms.power(vm, request).job();
        call.note().about(job);
        String name = action.wireName();
        return V1Exec.envelope(
                call,
                new JobStarted(
                        true,
                        name,
                        job.id().toString(),
                        name + " operation queued",
                        jobs.estimate(request).toSeconds()));
    }

    private static OperationAction action(StatusChange wanted) {
        return OperationAction.parse(wanted.action())
                .filter(action -> action != OperationAction.RESET)
                .orElseThrow(() -> new BellhopException(
                        "Cannot do this to a VM; the actions are start, shutdown, stop and restart",
                        List.of(new FieldFault(
                                "/action", "One of start, shutdown, stop and restart", Fault.UNKNOWN_VALUE))));
    }

    private Answer read(Call call) {
        Operation job = operations.job(call, "jobId");
        OperationState state = job.state();
        return V1Exec.envelope(
                call,
                new JobStatus(
                        true,
                        job.id().toString(),
                        job.request().action().wireName(),
                        job.vm().value(),
                        state.wireName(),
                        state.wireName(),
                        job.progress(),
                        job.progressMessage(),
                        state == OperationState.COMPLETED,
                        state == OperationState.FAILED,
                        state == OperationState.RUNNING,
                        state == OperationState.WAITING,
                        job.createdAt(),
                        job.finishedAt(),
                        state.isFinal() ? job.progressMessage() : null));
    }
}
