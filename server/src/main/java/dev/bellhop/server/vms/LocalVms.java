// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vms;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vm.VmUsage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The VMs of this process's own hypervisors. */
public final class LocalVms implements Vms {
    private final VmDirectory directory;
    private final AgentHealth health;
    private final Operations operations;
    private final GuestReports reports;
    private final Duration stateTimeout;
    private final Duration agentTimeout;

    /**
     * Takes the VMs from a directory.
     *
     * @param stateTimeout for a hypervisor to return the VM's state
     * @param agentTimeout for an agent to report its capabilities
     * @param nanos the time, like {@link System#nanoTime}
     */
    public LocalVms(
            VmDirectory directory,
            AgentHealth health,
            Operations operations,
            Duration stateTimeout,
            Duration agentTimeout,
            Clock clock,
            LongSupplier nanos) {
        this.directory = directory;
        this.health = health;
        this.operations = operations;
        this.reports = new GuestReports(health, this::look, clock, nanos);
        this.stateTimeout = stateTimeout;
        this.agentTimeout = agentTimeout;
    }

    private VirtualMachine machine(VmId vm) {
        return directory.find(vm).orElseThrow(() -> new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM " + vm));
    }

    @Override
    public SortedSet<VmId> ids() {
        return directory.vms();
    }

    @Override
    public boolean exists(VmId vm) {
        return directory.find(vm).isPresent();
    }

    @Override
    public Optional<VmName> name(VmId vm) {
        return directory.find(vm).flatMap(VirtualMachine::name);
    }

    /** A monitor that hangs uses up the timeout, so the queries run in parallel. */
    @Override
    public List<VmOverview> page(List<VmId> vms) {
        Deadline deadline = Deadline.after(stateTimeout);
        List<Future<VmOverview>> overviews = new ArrayList<>();
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            vms.forEach(vm -> overviews.add(each.submit(() -> listed(vm, deadline))));
        }
        return overviews.stream().map(Future::resultNow).toList();
    }

    private VmOverview listed(VmId id, Deadline deadline) {
        Optional<VirtualMachine> vm = directory.find(id);
        VmState state = vm.map(found -> found.state(deadline)).orElse(VmState.of(PowerState.UNKNOWN));
        AgentCheck agent = vm.flatMap(found -> health.known(found, state.power())
                        .map(known -> new AgentCheck(known.report(), known.since(), lastAnswered(found))))
                .orElse(null);
        return overview(id, state, agent);
    }

    @Override
    public VmOverview find(VmId id) {
        VirtualMachine vm = machine(id);
        AgentReport report = reports.check(vm);
        // The cached check is some seconds old, and a caller who has just started a VM wants to see that it runs.
        VmState state = vm.state(Deadline.after(stateTimeout));
        return overview(id, state, checked(vm, report, state.power()));
    }

    private VmOverview overview(VmId id, VmState state, @Nullable AgentCheck agent) {
        Optional<GuestReports.Gist> gist = reports.gist(id);
        return new VmOverview(
                id,
                name(id).orElse(null),
                state,
                agent,
                gist.map(GuestReports.Gist::os).orElse(null),
                gist.map(GuestReports.Gist::addresses).orElse(List.of()));
    }

    @Override
    public VmState state(VmId vm) {
        return machine(vm).state(Deadline.after(stateTimeout));
    }

    @Override
    public VmUsageNow usage(VmId id) {
        VirtualMachine vm = machine(id);
        Deadline deadline = Deadline.after(stateTimeout);
        VmState state = vm.state(deadline);
        return new VmUsageNow(state, state.power() == PowerState.STOPPED ? VmUsage.UNKNOWN : vm.usage(deadline));
    }

    private AgentReport look(VirtualMachine vm) {
        return health.look(vm, stateTimeout, agentTimeout);
    }

    @Override
    public AgentCheck check(VmId id) {
        VirtualMachine vm = machine(id);
        AgentReport report = look(vm);
        return checked(vm, report, report.vm().power());
    }

    @Override
    public AgentCheck await(VmId id, Predicate<AgentReport> enough, Duration longest, BooleanSupplier goesOn)
            throws InterruptedException {
        AgentReport report = health.await(machine(id), enough, stateTimeout, agentTimeout, longest, goesOn);
        return checked(machine(id), report, report.vm().power());
    }

    private AgentCheck checked(VirtualMachine vm, AgentReport report, PowerState power) {
        Instant since = health.known(vm, power)
                .filter(known -> known.report().availability() == report.availability())
                .map(AgentHealth.Known::since)
                .orElse(null);
        return new AgentCheck(report, since, lastAnswered(vm));
    }

    private static @Nullable Instant lastAnswered(VirtualMachine vm) {
        return vm.agent().lastAnswered().orElse(null);
    }

    @Override
    public GuestAnswer report(VmId vm) {
        return reports.ask(machine(vm));
    }

    @Override
    public Operations.Started power(VmId vm, OperationRequest request) {
        return operations.start(machine(vm), request);
    }

    @Override
    public void forget(VmId vm) {
        reports.forget(vm);
    }
}
