// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

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
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** A hypervisor of VM 1, which runs. */
final class OneVm implements Hypervisor, VirtualMachine {
    private final GuestAgent agent;

    OneVm(Path socket) {
        agent = AgentClient.onUnixSocket(socket, GuestAgentOptions.defaults());
    }

    @Override
    public SortedSet<VmId> vms() {
        return new TreeSet<>(Set.of(UseCaseScene.VM));
    }

    @Override
    public Optional<VirtualMachine> find(VmId id) {
        return id.equals(UseCaseScene.VM) ? Optional.of(this) : Optional.empty();
    }

    @Override
    public VmId id() {
        return UseCaseScene.VM;
    }

    @Override
    public GuestAgent agent() {
        return agent;
    }

    @Override
    public VmState state(Deadline deadline) {
        return VmState.of(PowerState.RUNNING);
    }

    @Override
    public void close() {
        agent.close();
    }
}
