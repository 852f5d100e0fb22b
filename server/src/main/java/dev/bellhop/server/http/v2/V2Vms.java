// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.AssignVm;
import dev.bellhop.api.v2.VmAgent;
import dev.bellhop.api.v2.VmSummary;
import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.http.Answer;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vms.AgentCheck;
import dev.bellhop.server.vms.VmOverview;
import dev.bellhop.server.vms.Vms;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** {@code /api/v2/vps}: the VMs a key sees, and whose they are. */
public final class V2Vms {
    private final Vms vms;
    private final Accounts accounts;
    private final VmAccess access;
    private final Consumer<VmId> reassigned;

    /** @param reassigned told of each VM that has come to another owner */
    public V2Vms(Vms vms, Accounts accounts, VmAccess access, Consumer<VmId> reassigned) {
        this.vms = vms;
        this.accounts = accounts;
        this.access = access;
        this.reassigned = reassigned;
    }

    public List<Route> routes() {
        String actions = "/api/v2/vps/{vmid}/actions/";
        return List.of(
                new Route("GET", "/api/v2/vps", UseCase.VM_LIST, this::list),
                new Route("GET", "/api/v2/vps/{vmid}", UseCase.VM_FIND, this::read),
                new Route("POST", actions + "assign", UseCase.VM_ASSIGN, this::assign),
                new Route("POST", actions + "unassign", UseCase.VM_UNASSIGN, this::unassign));
    }

    /** The VM need not be there: so it can have its owner from its first moment on. */
    private Answer assign(Call call) {
        VmId vm = Parameters.vmid(call);
        String accountId = call.strictBody(AssignVm.class).account();
        Optional<Account> found = accounts.find(accountId);
        found.ifPresent(account -> call.note().about(account.tenant()));
        boolean assigned = found.filter(account -> accounts.assign(vm, account)).isPresent();
        if (!assigned) {
            throw new BellhopException(
                    "Cannot assign a VM to an account that does not exist",
                    List.of(new FieldFault("/account", "The id of an account", Fault.UNKNOWN_VALUE)));
        }
        vms.forget(vm);
        reassigned.accept(vm);
        return Answer.noContent();
    }

    private Answer unassign(Call call) {
        VmId vm = Parameters.vmid(call);
        accounts.unassign(vm);
        vms.forget(vm);
        reassigned.accept(vm);
        return Answer.noContent();
    }

    private Answer list(Call call) {
        List<VmId> visible = vms.ids().stream()
                .filter(vm -> accounts.sees(call.caller(), vm))
                .toList();
        return Answer.json(
                200,
                Paging.of(call)
                        .page(
                                visible,
                                V2Vms::position,
                                ids -> vms.page(ids).stream()
                                        .map(vm -> view(call.caller(), vm))
                                        .toList()));
    }

    /** Digits to a fixed width, so that the order of the text is the order of the numbers. */
    private static String position(VmId id) {
        return String.format(Locale.ROOT, "%019d", id.value());
    }

    private Answer read(Call call) {
        VmId vm = access.find(call.permit(), Parameters.vmid(call)).id();
        return Answer.json(200, view(call.caller(), vms.find(vm)));
    }

    private VmSummary view(Key caller, VmOverview vm) {
        // It was the caller's when it was listed, and whose it may have become meanwhile is none of the caller's.
        String owner = (caller.tenant().isOperator() ? accounts.ownerOf(vm.id()) : caller.tenant()).accountId();
        VmState state = vm.state();
        AgentCheck agent = vm.agent();
        return new VmSummary(
                vm.id().value(),
                state.power().wireName(),
                state.unknownBecause() == null
                        ? null
                        : "Cannot tell what the VM is doing because " + state.unknownBecause(),
                owner,
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
