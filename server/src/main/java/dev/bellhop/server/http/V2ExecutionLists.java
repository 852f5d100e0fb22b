// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.ExecutionView;
import dev.bellhop.api.v2.Page;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.execution.ExecutionFilter;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExecutionStore;
import dev.bellhop.server.execution.Executions;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.vm.VmId;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lists of executions, of one VM or of all that a key sees, newest first. */
final class V2ExecutionLists {
    private static final String EACH_STATE = "pending, running, exited, timed_out, cancelled, lost or rejected";

    /** What one execution takes at most, roughly, with its command cut short: as it is, and as JSON. */
    static final long ROW_BYTES = 64 * 1024;

    private final VmAccess vms;
    private final Accounts accounts;
    private final Executions executions;
    private final ExecutionViews views;

    V2ExecutionLists(VmAccess vms, Accounts accounts, Executions executions, ExecutionViews views) {
        this.vms = vms;
        this.accounts = accounts;
        this.executions = executions;
        this.views = views;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", V2Executions.PATH, UseCase.EXECUTION_LIST, this::listAll),
                new Route("GET", "/api/v2/vps/{vmid}/executions", UseCase.EXECUTION_LIST, this::listOfVm));
    }

    private Answer listAll(Call call) {
        return list(call, accounts.seenBy(call.caller()));
    }

    private Answer listOfVm(Call call) {
        return list(call, Set.of(vms.vm(call).id()));
    }

    private Answer list(Call call, @Nullable Set<VmId> inVms) {
        Map<String, String> labels = labels(call);
        for (Map.Entry<String, String> own : call.caller().labels().entrySet()) {
            String other = labels.put(own.getKey(), own.getValue());
            if (other != null && !other.equals(own.getValue())) {
                return Answer.json(200, new Page<>(List.of(), null));
            }
        }
        ExecutionFilter filter = new ExecutionFilter(
                call.caller().account(),
                inVms,
                states(call),
                labels,
                Parameters.time(call, "since").orElse(null),
                Parameters.time(call, "until").orElse(null));
        Paging paging = Paging.of(call);
        ExecutionId before = paging.after()
                .map(last -> ExecutionId.parse(last).orElseThrow(Paging::malformed))
                .orElse(null);
        call.answer().reserve((paging.limit() + 1L) * ROW_BYTES);
        ExecutionStore.Page page = executions.list(filter, before, paging.limit());
        // Also where few or none were found: there may be more behind those that were looked at.
        String next = page.next() == null ? null : Paging.encode(page.next().toString());
        boolean mayRun = call.caller().allows(Scope.WRITE_VM);
        List<ExecutionView> items = page.executions().stream()
                // What they are found by is another table, and not bound to them.
                .filter(execution -> call.caller().seesLabels(execution.spec().labels()))
                .map(mayRun ? views::listed : views::withoutCommand)
                .toList();
        return Answer.json(200, new Page<>(items, next));
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
