// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.admin.PolicyDecision;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.IdempotencyHeader;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.ResponseBudget;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.body.RequestBody;
import dev.bellhop.server.policy.Decision;
import dev.bellhop.server.policy.Decision.Whose;
import dev.bellhop.server.policy.Rule;
import dev.bellhop.server.service.ExecutionAccess;
import dev.bellhop.server.service.ExecutionReads;
import dev.bellhop.server.service.ExecutionStarts;
import dev.bellhop.server.service.ShownExecution;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleExecution;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** {@code /api/v2/vps/{vmid}/executions} and {@code /api/v2/executions/{id}}: starts, lists and shows commands. */
public record V2Executions(VmAccess vms, ExecutionAccess access, ExecutionStarts starts, ExecutionReads reads) {
    static final String PATH = "/api/v2/executions";
    /** One name for the lists of all VMs and of one VM: a cursor is valid for both. */
    private static final String LIST = "executions";

    private static final String OF_VM = "/api/v2/vps/{vmid}/executions";
    private static final String CHECK = OF_VM + "/actions/check";
    private static final int MAX_WAIT_SECONDS = 60;
    private static final String EACH_STATE = "pending, running, exited, timed_out, cancelled, lost or rejected";

    public List<Route> routes() {
        return List.of(
                new Route("POST", OF_VM, UseCase.EXECUTION_START, RequestBody.Taken.LARGE_JSON, this::create)
                        .query("wait")
                        .idempotent(),
                new Route("POST", CHECK, UseCase.EXECUTION_CHECK, RequestBody.Taken.LARGE_JSON, this::check),
                new Route("GET", PATH + "/{id}", UseCase.EXECUTION_FIND, this::read).query("wait", "output", "raw"),
                new Route("GET", PATH, UseCase.EXECUTION_LIST, this::listAll)
                        .query("vmid", "state", "label", "key", "savedCommand", "since", "until", "limit", "cursor"),
                new Route("GET", OF_VM, UseCase.EXECUTION_LIST, this::listOfVm)
                        .query("state", "label", "key", "savedCommand", "since", "until", "limit", "cursor"));
    }

    private HttpResponse create(Call call) {
        VisibleVm vm = vms.find(call.permit(), Parameters.vmid(call));
        Duration wait = wait(call);
        try (ExecutionStarts.Begun begun = begin(call, vm, wait)) {
            // Free the request's memory here, because the wait can last a minute.
            call.bodyIsDone();
            return created(starts.await(begun, bytes -> call.memory().reserve(bytes, Duration.ZERO)));
        }
    }

    private ExecutionStarts.Begun begin(Call call, VisibleVm vm, Duration wait) {
        CreateExecution wanted = call.strictBody(CreateExecution.class);
        call.bodyIsRead();
        return starts.begin(
                vm,
                wanted,
                null,
                () -> IdempotencyHeader.read(call, vm.id(), wanted),
                wait,
                begin -> () -> inTurn(call, begin));
    }

    private static <T> T inTurn(Call call, Supplier<T> begin) {
        try (var _ = call.held().turn()) {
            return begin.get();
        }
    }

    private static HttpResponse created(ExecutionStarts.Started started) {
        String location = PATH + "/" + started.execution().execution().id();
        return HttpResponse.json(201, ExecutionViews.view(started.execution()))
                .with(IdempotencyHeader.begun(location, started.replayed()));
    }

    private HttpResponse check(Call call) {
        VisibleVm vm = vms.find(call.permit(), Parameters.vmid(call));
        CreateExecution wanted = call.strictBody(CreateExecution.class);
        return HttpResponse.json(200, decision(starts.check(vm, wanted, null)));
    }

    private static PolicyDecision decision(Decision decision) {
        return switch (decision) {
            case Decision.Allowed() -> new PolicyDecision(PolicyDecision.ALLOWED, null, null);
            case Decision.NeedsApproval(Whose whose) ->
                new PolicyDecision(PolicyDecision.NEEDS_APPROVAL, whose.wireName(), null);
            case Decision.Refused(Whose whose, String rule) ->
                new PolicyDecision(PolicyDecision.REFUSED, whose.wireName(), rule);
        };
    }

    private HttpResponse read(Call call) {
        Duration wait = wait(call);
        boolean withOutput = Parameters.flag(call, "output", !wait.isZero());
        boolean raw = Parameters.flag(call, "raw");
        VisibleExecution seen = access.find(call.permit(), call.pathParameter("id"));
        ShownExecution found = reads.find(seen, wait, withOutput, raw, call.memory()::reserve);
        return HttpResponse.json(200, ExecutionViews.view(found));
    }

    private static Duration wait(Call call) {
        return Parameters.seconds(call, "wait", MAX_WAIT_SECONDS).orElse(Duration.ZERO);
    }

    private HttpResponse listAll(Call call) {
        return answer(reads.list(call.permit(), Parameters.listedVm(call).orElse(null), wanted(call)));
    }

    private HttpResponse listOfVm(Call call) {
        VisibleVm vm = vms.find(call.permit(), Parameters.vmid(call));
        return answer(reads.list(vm, wanted(call)));
    }

    private static ExecutionReads.Wanted wanted(Call call) {
        Map<String, String> labels = labels(call);
        Set<ExecutionState> states = states(call);
        String keyId = Parameters.keyId(call).orElse(null);
        String savedCommand = Parameters.text(call, "savedCommand", Rule::isName, Rule.NAME_FORM)
                .orElse(null);
        Instant since = Parameters.time(call, "since").orElse(null);
        Instant until = Parameters.time(call, "until").orElse(null);
        Paging paging = Paging.of(call, LIST);
        ExecutionId before = paging.after(ExecutionId::parse);
        call.memory().reserve((paging.limit() + 1L) * ResponseBudget.LISTED_COMMAND_BYTES);
        return new ExecutionReads.Wanted(states, labels, keyId, savedCommand, since, until, before, paging.limit());
    }

    private static HttpResponse answer(ExecutionReads.Page page) {
        List<ExecutionView> items =
                page.executions().stream().map(ExecutionViews::view).toList();
        // Even if few or none were found: more can follow after the executions examined.
        return HttpResponse.json(200, Paging.page(LIST, items, page.next()));
    }

    private static Set<ExecutionState> states(Call call) {
        Set<ExecutionState> states = EnumSet.noneOf(ExecutionState.class);
        for (String list : call.queryAll("state")) {
            for (String name : list.split(",", -1)) {
                states.add(ExecutionState.parse(name)
                        .orElseThrow(() -> Parameters.invalid("state", EACH_STATE, Fault.UNKNOWN_VALUE)));
            }
        }
        return states;
    }

    private static Map<String, String> labels(Call call) {
        Map<String, String> labels = new HashMap<>();
        for (String label : call.queryAll("label")) {
            int equals = label.indexOf('=');
            if (equals < 1) {
                throw Parameters.invalid("label", "NAME=VALUE", Fault.MALFORMED);
            }
            String name = label.substring(0, equals);
            String value = label.substring(equals + 1);
            String other = labels.put(name, value);
            if (other != null && !other.equals(value)) {
                throw Parameters.invalid("label", "Each name once; no execution has two values", Fault.MALFORMED);
            }
        }
        return labels;
    }
}
