// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmPower;
import dev.bellhop.server.hypervisor.libvirt.LibvirtCalls.CallException;
import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vm.VmUsage;
import java.util.Optional;
import java.util.UUID;

/** One domain of libvirt. Libvirt does not tell its process. */
final class LibvirtVm implements VirtualMachine {
    private final VmId id;
    private final UUID domain;
    private final DomainUptimes uptimes;
    private final LibvirtCalls calls;
    private final GuestAgent agent;
    private final LibvirtPower power;
    private volatile AgentChannel channel = AgentChannel.UNKNOWN;

    LibvirtVm(
            VmId id,
            UUID domain,
            DomainUptimes uptimes,
            LibvirtCalls calls,
            LibvirtCalls agentCalls,
            GuestAgentOptions options) {
        this.id = id;
        this.domain = domain;
        this.uptimes = uptimes;
        this.calls = calls;
        this.agent = AgentClient.over(new LibvirtExchange(domain, agentCalls), options);
        this.power = new LibvirtPower(domain, calls);
    }

    @Override
    public VmId id() {
        return id;
    }

    UUID domain() {
        return domain;
    }

    @Override
    public GuestAgent agent() {
        return agent;
    }

    @Override
    public VmState state(Deadline deadline) {
        try {
            PowerState power = power(call(LibvirtConnection.Domain::state, deadline));
            return switch (power) {
                case RUNNING, PAUSED, STOPPING -> new VmState(power, null, uptimes.uptime(domain));
                case STARTING, STOPPED, UNKNOWN -> VmState.of(power);
            };
        } catch (CallException e) {
            // A domain that is not defined is gone once it is off.
            boolean isGone = e.said != null && e.said.code() == LibvirtException.NO_DOMAIN;
            return VmState.of(isGone ? PowerState.STOPPED : PowerState.UNKNOWN);
        }
    }

    /** {@code virDomainState}. */
    private static PowerState power(int state) {
        return switch (state) {
            case 1, 2 -> PowerState.RUNNING; // running, blocked
            case 3, 7 -> PowerState.PAUSED; // paused, suspended by its guest
            case 4 -> PowerState.STOPPING;
            case 5, 6 -> PowerState.STOPPED; // off, crashed
            default -> PowerState.UNKNOWN;
        };
    }

    @Override
    public AgentChannel channel(Deadline deadline) {
        return channel;
    }

    AgentChannel channel() {
        return channel;
    }

    /** What libvirt has told of it last. */
    void channelIs(AgentChannel now) {
        channel = now;
    }

    @Override
    public VmUsage usage(Deadline deadline) {
        try {
            return call(LibvirtConnection.Domain::stats, deadline).usage();
        } catch (CallException e) {
            return VmUsage.UNKNOWN;
        }
    }

    @Override
    public Optional<VmPower> power() {
        return Optional.of(power);
    }

    void close() {
        agent.close();
    }

    private interface Question<T> {
        T ask(LibvirtConnection.Domain domain) throws LibvirtException;
    }

    private <T> T call(Question<T> question, Deadline deadline) throws CallException {
        return calls.call(
                connection -> {
                    try (LibvirtConnection.Domain found = connection.domain(domain)) {
                        return question.ask(found);
                    }
                },
                false,
                deadline);
    }
}
