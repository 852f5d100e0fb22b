// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v1;

import dev.bellhop.api.v1.AgentStatus;
import dev.bellhop.api.v1.ProcessEntry;
import dev.bellhop.api.v1.VmStatus;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.http.Answer;
import dev.bellhop.server.http.AnswerBudget;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vms.Vms;
import java.util.List;
import java.util.Objects;

/** {@code /api/vm/{vmid}/status}: a VM, its agent, and the commands run in it lately. */
public final class V1Status {
    private static final int RECENT = 50;

    private final VmAccess access;
    private final ExecutionEngine executions;
    private final Vms vms;

    public V1Status(VmAccess access, ExecutionEngine executions, Vms vms) {
        this.access = access;
        this.executions = executions;
        this.vms = vms;
    }

    public List<Route> routes() {
        return List.of(new Route("GET", "/api/vm/{vmid}/status", UseCase.VM_FIND, this::read));
    }

    private Answer read(Call call) {
        VmId vm = access.find(call.permit(), Parameters.vmid(call)).id();
        AgentReport check = vms.check(vm).report();
        call.answer().reserve(RECENT * AnswerBudget.LISTED_COMMAND_BYTES);
        VmStatus status = new VmStatus(
                true,
                vm.value(),
                check.vm().power().wireName(),
                check.vm().vmRunning(),
                check.vm().processId(),
                check.vm().uptime() == null ? null : check.vm().uptime().toSeconds(),
                new AgentStatus(check.isAvailable(), check.message(), check.version()),
                processes(call, vm));
        return V1Exec.envelope(call, status);
    }

    /** Command lines can hold secrets, so only a key that may run commands sees those that were run. */
    private List<ProcessEntry> processes(Call call, VmId vm) {
        return call.caller().allows(Scope.WRITE_VM)
                ? executions.recent(vm, TenantFilter.seenBy(call.caller().tenant()), RECENT).stream()
                        .filter(execution ->
                                call.caller().seesLabels(execution.spec().labels()))
                        .map(V1Status::entry)
                        .toList()
                : List.of();
    }

    private static ProcessEntry entry(Execution execution) {
        return new ProcessEntry(
                Objects.requireNonNull(execution.pid()),
                execution.spec().command().text(),
                execution.state() != ExecutionState.RUNNING,
                execution.exit() == null ? null : execution.exit().code(),
                execution.startedAt());
    }
}
