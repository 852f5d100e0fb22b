// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
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
import org.jspecify.annotations.Nullable;

/** One domain of libvirt. Libvirt does not tell its process, nor since when it runs. */
final class LibvirtVm implements VirtualMachine {
    private final VmId id;
    private final UUID domain;
    private final LibvirtCalls calls;
    private final LibvirtExchange exchange;
    private final GuestAgent agent;
    private final LibvirtPower power;
    private volatile AgentChannel channel = AgentChannel.UNKNOWN;

    LibvirtVm(VmId id, UUID domain, LibvirtCalls calls, LibvirtCalls agentCalls, GuestAgentOptions options) {
        this.id = id;
        this.domain = domain;
        this.calls = calls;
        this.exchange = new LibvirtExchange(domain, agentCalls);
        this.agent = GuestAgent.over(exchange, options);
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
        Integer state = ask(LibvirtConnection.Domain::state, deadline);
        return VmState.of(state == null ? PowerState.UNKNOWN : power(state));
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
        if (now == AgentChannel.OPEN && channel != now) {
            exchange.expectReplies();
        }
        channel = now;
    }

    @Override
    public VmUsage usage(Deadline deadline) {
        DomainStats stats = ask(LibvirtConnection.Domain::stats, deadline);
        return stats == null ? VmUsage.UNKNOWN : stats.usage();
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

    private <T> @Nullable T ask(Question<T> question, Deadline deadline) {
        try {
            return calls.call(
                    connection -> {
                        try (LibvirtConnection.Domain found = connection.domain(domain)) {
                            return question.ask(found);
                        }
                    },
                    false,
                    deadline);
        } catch (CallException e) {
            return null;
        }
    }
}
