// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.AssignVm;
import dev.bellhop.api.v2.VmAgent;
import dev.bellhop.api.v2.VmSummary;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.health.AgentHealth;
import dev.bellhop.server.health.AgentReport;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** {@code /api/v2/vps}: the VMs a key sees, and whose they are. */
final class V2Vms {
    private final VmDirectory directory;
    private final AgentHealth health;
    private final Accounts accounts;
    private final VmAccess access;
    private final AgentReports reports;
    private final Consumer<VmId> reassigned;
    private final Timeouts timeouts;

    /** @param reassigned told of each VM that has come to another owner */
    V2Vms(
            VmDirectory directory,
            AgentHealth health,
            Accounts accounts,
            VmAccess access,
            AgentReports reports,
            Consumer<VmId> reassigned,
            Timeouts timeouts) {
        this.directory = directory;
        this.health = health;
        this.accounts = accounts;
        this.access = access;
        this.reports = reports;
        this.reassigned = reassigned;
        this.timeouts = timeouts;
    }

    List<Route> routes() {
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
        reports.forget(vm);
        reassigned.accept(vm);
        return Answer.noContent();
    }

    private Answer unassign(Call call) {
        VmId vm = Parameters.vmid(call);
        accounts.unassign(vm);
        reports.forget(vm);
        reassigned.accept(vm);
        return Answer.noContent();
    }

    private Answer list(Call call) {
        List<VmId> visible = directory.vms().stream()
                .filter(vm -> accounts.sees(call.caller(), vm))
                .toList();
        return Answer.json(200, Paging.of(call).page(visible, V2Vms::position, ids -> summaries(call.caller(), ids)));
    }

    /** Digits to a fixed width, so that the order of the text is the order of the numbers. */
    private static String position(VmId id) {
        return String.format(Locale.ROOT, "%019d", id.value());
    }

    /** All at once, since a monitor that hangs takes the whole timeout. */
    private List<VmSummary> summaries(Key caller, List<VmId> ids) {
        Deadline deadline = Deadline.after(timeouts.state());
        List<Future<VmSummary>> summaries = new ArrayList<>();
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            ids.forEach(id -> summaries.add(each.submit(() -> summary(caller, id, deadline))));
        }
        return summaries.stream().map(Future::resultNow).toList();
    }

    private VmSummary summary(Key caller, VmId id, Deadline deadline) {
        Optional<VirtualMachine> vm = directory.find(id);
        VmState state = vm.map(found -> found.state(deadline)).orElse(VmState.of(PowerState.UNKNOWN));
        VmAgent agent = vm.flatMap(found -> health.known(found, state.power()))
                .map(known -> agent(known.report(), known.since()))
                .orElse(null);
        return view(caller, id, state, agent);
    }

    private Answer read(Call call) {
        VirtualMachine vm = access.find(call.permit(), Parameters.vmid(call)).machine();
        AgentReport report = reports.check(vm);
        // What was checked is some seconds old, and whoever has just started a VM wants to see that it runs.
        VmState state = vm.state(Deadline.after(timeouts.state()));
        Instant since = health.known(vm, state.power())
                .filter(known -> known.report().availability() == report.availability())
                .map(AgentHealth.Known::since)
                .orElse(null);
        return Answer.json(200, view(call.caller(), vm.id(), state, agent(report, since)));
    }

    private VmSummary view(Key caller, VmId id, VmState state, @Nullable VmAgent agent) {
        // It was the caller's when it was listed, and whose it may have become meanwhile is none of the caller's.
        String owner = (caller.tenant().isOperator() ? accounts.ownerOf(id) : caller.tenant()).accountId();
        Optional<AgentReports.Gist> gist = reports.gist(id);
        return new VmSummary(
                id.value(),
                state.power().wireName(),
                state.unknownBecause() == null
                        ? null
                        : "Cannot tell what the VM is doing because " + state.unknownBecause(),
                owner,
                V2VmDetails.seconds(state.uptime()),
                agent,
                gist.map(AgentReports.Gist::os).orElse(null),
                gist.map(AgentReports.Gist::addresses)
                        .filter(addresses -> !addresses.isEmpty())
                        .orElse(null));
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
