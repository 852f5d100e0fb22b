// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.ResponseBudget;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.ExecutionReads;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Lists of executions, of one VM or of all that a key sees, newest first. */
public record V2ExecutionLists(VmAccess vms, ExecutionReads reads) {
    private static final String EACH_STATE = "pending, running, exited, timed_out, cancelled, lost or rejected";

    public List<Route> routes() {
        return List.of(
                new Route("GET", V2Executions.PATH, UseCase.EXECUTION_LIST, this::listAll),
                new Route("GET", "/api/v2/vps/{vmid}/executions", UseCase.EXECUTION_LIST, this::listOfVm));
    }

    private HttpResponse listAll(Call call) {
        return answer(reads.list(call.permit(), wanted(call)));
    }

    private HttpResponse listOfVm(Call call) {
        VisibleVm vm = vms.find(call.permit(), Parameters.vmid(call));
        return answer(reads.list(vm, wanted(call)));
    }

    private static ExecutionReads.Wanted wanted(Call call) {
        Map<String, String> labels = labels(call);
        Set<ExecutionState> states = states(call);
        Instant since = Parameters.time(call, "since").orElse(null);
        Instant until = Parameters.time(call, "until").orElse(null);
        Paging paging = Paging.of(call);
        ExecutionId before = paging.after(ExecutionId::parse);
        call.memory().reserve((paging.limit() + 1L) * ResponseBudget.LISTED_COMMAND_BYTES);
        return new ExecutionReads.Wanted(states, labels, since, until, before, paging.limit());
    }

    private static HttpResponse answer(ExecutionReads.Page page) {
        List<ExecutionView> items =
                page.executions().stream().map(ExecutionViews::view).toList();
        // Also where few or none were found: there may be more behind those that were looked at.
        return HttpResponse.json(200, Paging.page(items, page.next()));
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
