// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.OperationStep;
import dev.bellhop.api.v2.OperationView;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.PowerOptions;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.http.Answer;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.IdempotencyHeader;
import dev.bellhop.server.http.JobAccess;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.OperationSettings;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vms.Vms;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code /api/v2/vps/{vmid}/actions/…} and {@code /api/v2/operations}: switch a VM on or off, and see how that stands. */
public final class V2Operations {
    private static final String PATH = "/api/v2/operations";
    private static final int MAX_WAIT_SECONDS = 60;

    private final Vms vms;
    private final Operations jobs;
    private final VmAccess access;
    private final JobAccess operations;
    private final WaiterLimit followers;

    public V2Operations(VmAccess access, Vms vms, Operations jobs, JobAccess operations, WaiterLimit followers) {
        this.vms = vms;
        this.jobs = jobs;
        this.access = access;
        this.operations = operations;
        this.followers = followers;
    }

    public List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        for (OperationAction action : OperationAction.values()) {
            routes.add(new Route(
                    "POST",
                    "/api/v2/vps/{vmid}/actions/" + action.wireName(),
                    UseCase.OPERATION_START,
                    call -> start(call, action)));
        }
        routes.add(new Route("GET", PATH + "/{id}", UseCase.OPERATION_FIND, this::read));
        routes.add(new Route("GET", "/api/v2/vps/{vmid}/operations", UseCase.OPERATION_LIST, this::list));
        return routes;
    }

    private Answer start(Call call, OperationAction action) {
        VmId vm = access.find(call.permit(), Parameters.vmid(call)).id();
        PowerOptions options =
                call.body().length == 0 ? new PowerOptions(null, null) : call.strictBody(PowerOptions.class);
        Key caller = call.caller();
        OperationRequest request = new OperationRequest(
                action,
                Boolean.TRUE.equals(options.force()),
                grace(options),
                caller.id(),
                caller.tenant(),
                IdempotencyHeader.name(call).orElse(null));
        call.note().aboutOperation(action);
        Operations.Started started = vms.power(vm, request);
        call.note().about(started.job());
        OperationView view = view(started.job());
        Map<String, String> headers = new HashMap<>();
        headers.put("Location", view.pollUrl());
        headers.put("Cache-Control", "no-store");
        if (started.replayed()) {
            headers.put("Idempotent-Replayed", "true");
        }
        return Answer.json(202, view).with(headers);
    }

    private Duration grace(PowerOptions options) {
        Integer seconds = options.graceSeconds();
        if (seconds == null) {
            return jobs.usualGrace();
        }
        if (seconds < 0 || seconds > OperationSettings.MAX_GRACE_SECONDS) {
            throw new BellhopException(
                    "Cannot do this with this grace period",
                    List.of(new FieldFault(
                            "/graceSeconds", "0 to " + OperationSettings.MAX_GRACE_SECONDS, Fault.OUT_OF_RANGE)));
        }
        return Duration.ofSeconds(seconds);
    }

    private Answer read(Call call) {
        Duration wait = Parameters.seconds(call, "wait", MAX_WAIT_SECONDS).orElse(Duration.ZERO);
        Operation job = operations.job(call, "id");
        if (!wait.isZero() && !job.state().isFinal()) {
            try (var _ = followers.enter(call.caller())) {
                job = operations.awaitEnd(call.caller(), job, wait);
            }
        }
        return Answer.json(200, view(job)).with(Map.of("Cache-Control", "no-store"));
    }

    private Answer list(Call call) {
        VmId vm = access.find(call.permit(), Parameters.vmid(call)).id();
        Paging paging = Paging.of(call);
        OperationId before = paging.after()
                .map(last -> OperationId.parse(last).orElseThrow(Paging::malformed))
                .orElse(null);
        // One more than wanted tells whether there is another page.
        List<Operation> found = jobs.list(vm, TenantFilter.seenBy(call.caller().tenant()), before, paging.limit() + 1);
        List<Operation> page = found.subList(0, Math.min(paging.limit(), found.size()));
        String next =
                page.size() < found.size() ? Paging.encode(page.getLast().id().toString()) : null;
        return Answer.json(200, new Page<>(page.stream().map(V2Operations::view).toList(), next));
    }

    private static OperationView view(Operation job) {
        OperationRequest request = job.request();
        boolean asks = request.action().asksTheGuest();
        return new OperationView(
                job.id().toString(),
                job.vm().value(),
                request.action().wireName(),
                asks ? request.force() : null,
                asks ? request.grace().toSeconds() : null,
                job.state().wireName(),
                job.progress(),
                job.progressMessage(),
                job.failure(),
                job.steps().stream()
                        .map(step -> new OperationStep(step.kind().wireName(), step.at()))
                        .toList(),
                job.createdAt(),
                job.finishedAt(),
                request.keyId(),
                PATH + "/" + job.id());
    }
}
