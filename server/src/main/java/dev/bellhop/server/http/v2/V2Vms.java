// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.vm.AssignVm;
import dev.bellhop.api.v2.vm.VmAgent;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.http.Answer;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.VmReads;
import dev.bellhop.server.service.VmReads.ShownVm;
import dev.bellhop.server.service.admin.VmOwnership;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vms.AgentCheck;
import dev.bellhop.server.vms.VmOverview;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code /api/v2/vps}: the VMs a key sees, and whose they are. */
public final class V2Vms {
    private final VmAccess access;
    private final VmReads reads;
    private final VmOwnership ownership;

    public V2Vms(VmAccess access, VmReads reads, VmOwnership ownership) {
        this.access = access;
        this.reads = reads;
        this.ownership = ownership;
    }

    public List<Route> routes() {
        String actions = "/api/v2/vps/{vmid}/actions/";
        return List.of(
                new Route("GET", "/api/v2/vps", UseCase.VM_LIST, this::list),
                new Route("GET", "/api/v2/vps/{vmid}", UseCase.VM_FIND, this::read),
                new Route("POST", actions + "assign", UseCase.VM_ASSIGN, this::assign),
                new Route("POST", actions + "unassign", UseCase.VM_UNASSIGN, this::unassign));
    }

    private Answer assign(Call call) {
        VmId vm = Parameters.vmid(call);
        ownership.assign(call.permit(), vm, call.strictBody(AssignVm.class).account());
        return Answer.noContent();
    }

    private Answer unassign(Call call) {
        ownership.unassign(call.permit(), Parameters.vmid(call));
        return Answer.noContent();
    }

    private Answer list(Call call) {
        List<VmId> visible = reads.list(call.permit());
        return Answer.json(
                200,
                Paging.of(call)
                        .page(
                                visible,
                                V2Vms::position,
                                ids -> reads.show(call.permit(), ids).stream()
                                        .map(V2Vms::view)
                                        .toList()));
    }

    /** Digits to a fixed width, so that the order of the text is the order of the numbers. */
    private static String position(VmId id) {
        return String.format(Locale.ROOT, "%019d", id.value());
    }

    private Answer read(Call call) {
        return Answer.json(200, view(reads.find(access.find(call.permit(), Parameters.vmid(call)))));
    }

    private static VmSummary view(ShownVm shown) {
        VmOverview vm = shown.vm();
        VmState state = vm.state();
        AgentCheck agent = vm.agent();
        return new VmSummary(
                vm.id().value(),
                state.power().wireName(),
                state.unknownBecause() == null
                        ? null
                        : "Cannot tell what the VM is doing because " + state.unknownBecause(),
                shown.owner().accountId(),
                V2VmDetails.seconds(state.uptime()),
                agent == null ? null : agent(agent.report(), agent.since()),
                vm.os(),
                vm.addresses().isEmpty() ? null : vm.addresses());
    }

    private static VmAgent agent(AgentReport report, @Nullable Instant since) {
        return new VmAgent(
                report.isAvailable(),
                report.availability().wireName(),
                report.isAvailable() ? null : report.message(),
                since,
                report.version());
    }
}
