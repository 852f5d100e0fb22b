// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.server.hypervisor.Hypervisor;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A hypervisor of VM 1 alone, which is as a test says, with an agent of the test's. */
final class StubVm implements Hypervisor, VirtualMachine {
    static final VmId ID = new VmId(1);

    private final GuestAgent agent;
    private final List<Consumer<VmId>> listeners = new CopyOnWriteArrayList<>();
    private final AtomicInteger timesAsked = new AtomicInteger();
    private volatile VmState state = VmState.of(PowerState.RUNNING);
    private volatile AgentChannel channel = AgentChannel.UNKNOWN;

    StubVm(Path agentSocket) {
        agent = AgentClient.onUnixSocket(
                agentSocket, GuestAgentOptions.defaults().withIdleTimeout(Duration.ZERO));
    }

    StubVm is(PowerState power) {
        state = VmState.of(power);
        return this;
    }

    /** It runs, and was started so long ago. */
    StubVm runsFor(Duration uptime) {
        state = new VmState(PowerState.RUNNING, 1L, uptime);
        return this;
    }

    StubVm channel(AgentChannel newChannel) {
        channel = newChannel;
        return this;
    }

    /** Tells all who listen that something is different. */
    void tellOfChange() {
        listeners.forEach(listener -> listener.accept(ID));
    }

    /** How often it was asked what it is doing. */
    int timesAsked() {
        return timesAsked.get();
    }

    @Override
    public SortedSet<VmId> vms() {
        return new TreeSet<>(List.of(ID));
    }

    @Override
    public Optional<VirtualMachine> find(VmId id) {
        return id.equals(ID) ? Optional.of(this) : Optional.empty();
    }

    @Override
    public void listen(Consumer<VmId> listener) {
        listeners.add(listener);
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
        timesAsked.incrementAndGet();
        return state;
    }

    @Override
    public AgentChannel channel(Deadline deadline) {
        return channel;
    }

    @Override
    public void close() {
        agent.close();
    }
}
