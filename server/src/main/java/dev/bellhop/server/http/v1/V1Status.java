// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v1;

import dev.bellhop.api.v1.AgentStatus;
import dev.bellhop.api.v1.ProcessEntry;
import dev.bellhop.api.v1.VmStatus;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.ResponseBudget;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.ExecutionReads;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.vm.VmReads;
import java.util.List;
import java.util.Objects;

/** {@code /api/vm/{vmid}/status}: a VM, its agent, and its recent commands. */
public record V1Status(VmAccess access, VmReads vms, ExecutionReads executions) {
    private static final int RECENT = 50;

    public List<Route> routes() {
        return List.of(new Route("GET", "/api/vm/{vmid}/status", UseCase.VM_FIND, this::read));
    }

    private HttpResponse read(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        AgentReport check = vms.check(vm);
        call.memory().reserve(RECENT * ResponseBudget.LISTED_COMMAND_BYTES);
        VmStatus status = new VmStatus(
                true,
                vm.id().value(),
                check.vm().power().wireName(),
                check.vm().vmRunning(),
                check.vm().processId(),
                check.vm().uptime() == null ? null : check.vm().uptime().toSeconds(),
                new AgentStatus(check.isAvailable(), check.message(), check.version()),
                executions.recent(vm, RECENT).stream().map(V1Status::entry).toList());
        return V1Exec.envelope(call, status);
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
