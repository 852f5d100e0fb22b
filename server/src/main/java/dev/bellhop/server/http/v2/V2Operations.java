// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.vm.OperationStep;
import dev.bellhop.api.v2.vm.OperationView;
import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.server.http.Answer;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.IdempotencyHeader;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.service.OperationReads;
import dev.bellhop.server.service.OperationStarts;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code /api/v2/vps/{vmid}/actions/…} and {@code /api/v2/operations}: switch a VM on or off, and see how that stands. */
public final class V2Operations {
    private static final String PATH = "/api/v2/operations";
    private static final int MAX_WAIT_SECONDS = 60;

    private final VmAccess access;
    private final OperationStarts starts;
    private final OperationReads reads;

    public V2Operations(VmAccess access, OperationStarts starts, OperationReads reads) {
        this.access = access;
        this.starts = starts;
        this.reads = reads;
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
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        PowerOptions options =
                call.body().length == 0 ? new PowerOptions(null, null) : call.strictBody(PowerOptions.class);
        OperationStarts.Started started = starts.start(
                vm, action, options, () -> IdempotencyHeader.name(call).orElse(null));
        OperationView view = view(started.operation());
        Map<String, String> headers = new HashMap<>();
        headers.put("Location", view.pollUrl());
        headers.put("Cache-Control", "no-store");
        if (started.replayed()) {
            headers.put("Idempotent-Replayed", "true");
        }
        return Answer.json(202, view).with(headers);
    }

    private Answer read(Call call) {
        Duration wait = Parameters.seconds(call, "wait", MAX_WAIT_SECONDS).orElse(Duration.ZERO);
        return Answer.json(200, view(reads.find(call.permit(), call.pathParameter("id"), wait)))
                .with(Map.of("Cache-Control", "no-store"));
    }

    private Answer list(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        Paging paging = Paging.of(call);
        OperationId before = paging.after()
                .map(last -> OperationId.parse(last).orElseThrow(Paging::malformed))
                .orElse(null);
        OperationReads.Page page = reads.list(vm, before, paging.limit());
        OperationId next = page.next();
        return Answer.json(
                200,
                new Page<>(
                        page.operations().stream().map(V2Operations::view).toList(),
                        next == null ? null : Paging.encode(next.toString())));
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
