// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.vm.OperationStep;
import dev.bellhop.api.v2.vm.OperationView;
import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.IdempotencyHeader;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationPage;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.vm.OperationReads;
import dev.bellhop.server.service.vm.OperationStarts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/v2/vps/{vmid}/actions/…} and {@code /api/v2/operations}: switches VMs on or off, and reports the
 * progress.
 */
public record V2Operations(VmAccess access, OperationStarts starts, OperationReads reads) {
    private static final String PATH = "/api/v2/operations";
    /** One name for the lists of all VMs and of one VM: a cursor is valid for both. */
    private static final String LIST = "operations";

    private static final int MAX_WAIT_SECONDS = 60;

    public List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        for (OperationAction action : OperationAction.values()) {
            routes.add(new Route(
                            "POST",
                            "/api/v2/vps/{vmid}/actions/" + action.wireName(),
                            UseCase.OPERATION_START,
                            call -> start(call, action))
                    .idempotent());
        }
        routes.add(new Route("GET", PATH + "/{id}", UseCase.OPERATION_FIND, this::read).query("wait"));
        routes.add(new Route("GET", "/api/v2/vps/{vmid}/operations", UseCase.OPERATION_LIST, this::list)
                .query("key", "limit", "cursor"));
        routes.add(
                new Route("GET", PATH, UseCase.OPERATION_LIST, this::listAll).query("vmid", "key", "limit", "cursor"));
        return routes;
    }

    private HttpResponse start(Call call, OperationAction action) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        PowerOptions options = call.isBodyAbsent() ? new PowerOptions(null, null) : call.strictBody(PowerOptions.class);
        OperationStarts.Started started = starts.start(
                vm, action, options, () -> IdempotencyHeader.name(call).orElse(null));
        OperationView view = view(started.operation());
        return HttpResponse.json(202, view).with(IdempotencyHeader.begun(view.pollUrl(), started.replayed()));
    }

    private HttpResponse read(Call call) {
        Duration wait = Parameters.seconds(call, "wait", MAX_WAIT_SECONDS).orElse(Duration.ZERO);
        return HttpResponse.json(200, view(reads.find(call.permit(), call.pathParameter("id"), wait)));
    }

    private HttpResponse list(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        Paging paging = Paging.of(call, LIST);
        return page(paging, reads.list(vm, Parameters.keyId(call).orElse(null), before(paging), paging.limit()));
    }

    private HttpResponse listAll(Call call) {
        Paging paging = Paging.of(call, LIST);
        return page(
                paging,
                reads.list(
                        call.permit(),
                        Parameters.listedVm(call).orElse(null),
                        Parameters.keyId(call).orElse(null),
                        before(paging),
                        paging.limit()));
    }

    private static @Nullable OperationId before(Paging paging) {
        return paging.after(OperationId::parse);
    }

    private static HttpResponse page(Paging paging, OperationPage page) {
        return HttpResponse.json(
                200,
                paging.page(page.operations().stream().map(V2Operations::view).toList(), page.next()));
    }

    private static OperationView view(Operation operation) {
        OperationRequest request = operation.request();
        boolean asks = request.action().asksTheGuest();
        return new OperationView(
                operation.id().toString(),
                operation.vm().value(),
                request.action().wireName(),
                asks ? request.force() : null,
                asks ? request.grace().toSeconds() : null,
                operation.state().wireName(),
                operation.progress(),
                operation.progressMessage(),
                operation.failure(),
                operation.steps().stream()
                        .map(step -> new OperationStep(step.kind().wireName(), step.at()))
                        .toList(),
                operation.createdAt(),
                operation.finishedAt(),
                request.keyId(),
                PATH + "/" + operation.id());
    }
}
