// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.server.hypervisor.Hypervisor;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A hypervisor of VM 1 alone, which is in the state a test says. */
public final class FakeVm implements Hypervisor, VirtualMachine {
    public static final VmId ID = new VmId(1);

    private final GuestAgent agent;
    private volatile Supplier<PowerState> power = () -> PowerState.RUNNING;
    private volatile boolean exists = true;
    private final AtomicInteger timesLookedFor = new AtomicInteger();

    public FakeVm(Path agentSocket) {
        agent = AgentClient.onUnixSocket(agentSocket, GuestAgentOptions.defaults());
    }

    public void power(PowerState newPower) {
        power = () -> newPower;
    }

    /** Each time the state is asked for, it is what this gives. */
    public void power(Supplier<PowerState> states) {
        power = states;
    }

    public void exists(boolean newExists) {
        exists = newExists;
    }

    /** As whoever tries to start something does, each time. */
    public int timesLookedFor() {
        return timesLookedFor.get();
    }

    @Override
    public SortedSet<VmId> vms() {
        return new TreeSet<>(java.util.Set.of(ID));
    }

    @Override
    public Optional<VirtualMachine> find(VmId id) {
        timesLookedFor.incrementAndGet();
        return exists && id.equals(ID) ? Optional.of(this) : Optional.empty();
    }

    @Override
    public VmId id() {
        return ID;
    }

    @Override
    public GuestAgent agent() {
        return agent;
    }

    @Override
    public VmState state(Deadline deadline) {
        return VmState.of(power.get());
    }

    @Override
    public void close() {
        agent.close();
    }
}
