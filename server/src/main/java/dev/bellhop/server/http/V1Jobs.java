// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v1.JobStarted;
import dev.bellhop.api.v1.JobStatus;
import dev.bellhop.api.v1.StatusChange;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.job.Job;
import dev.bellhop.server.job.JobAction;
import dev.bellhop.server.job.JobRequest;
import dev.bellhop.server.job.JobState;
import dev.bellhop.server.job.Jobs;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vms.Vms;
import java.util.List;

/** {@code POST /api/vm/{vmid}/status} and {@code /api/jobs/{jobId}}: switch a VM on or off, and see how that stands. */
final class V1Jobs {
    private final Vms vms;
    private final Jobs jobs;
    private final VmAccess access;
    private final JobAccess operations;

    V1Jobs(VmAccess access, Vms vms, Jobs jobs, JobAccess operations) {
        this.vms = vms;
        this.jobs = jobs;
        this.access = access;
        this.operations = operations;
    }

    List<Route> routes() {
        return List.of(
                new Route("POST", "/api/vm/{vmid}/status", UseCase.OPERATION_START, this::start),
                new Route("GET", "/api/jobs/{jobId}", UseCase.OPERATION_FIND, this::read));
    }

    private Answer start(Call call) {
        VmId vm = access.find(call.permit(), Parameters.vmid(call)).id();
        StatusChange wanted = call.strictBody(StatusChange.class);
        JobAction action = action(wanted);
        Key caller = call.caller();
        JobRequest request = new JobRequest(
                action, Boolean.TRUE.equals(wanted.force()), jobs.usualGrace(), caller.id(), caller.tenant(), null);
        call.note().aboutOperation(action);
        Job job = vms.power(vm, request).job();
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

    private static JobAction action(StatusChange wanted) {
        return JobAction.parse(wanted.action())
                .filter(action -> action != JobAction.RESET)
                .orElseThrow(() -> new BellhopException(
                        "Cannot do this to a VM; the actions are start, shutdown, stop and restart",
                        List.of(new FieldFault(
                                "/action", "One of start, shutdown, stop and restart", Fault.UNKNOWN_VALUE))));
    }

    private Answer read(Call call) {
        Job job = operations.job(call, "jobId");
        JobState state = job.state();
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
                        state == JobState.COMPLETED,
                        state == JobState.FAILED,
                        state == JobState.RUNNING,
                        state == JobState.WAITING,
                        job.createdAt(),
                        job.finishedAt(),
                        state.isFinal() ? job.progressMessage() : null));
    }
}
