// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.server.hypervisor.StreamPorts;
import dev.bellhop.server.hypervisor.StreamSocketFolder;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmPower;
import dev.bellhop.server.hypervisor.VmPowerException;
import dev.bellhop.server.hypervisor.VmPowerException.Kind;
import dev.bellhop.server.hypervisor.libvirt.LibvirtCalls.CallException;
import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vm.VmUsage;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One domain of libvirt. Libvirt does not report its process. */
final class LibvirtVm implements VirtualMachine {
    private final VmId id;
    private final UUID domain;
    private final Map<UUID, Long> startedAt;
    private final LibvirtCalls calls;
    private final GuestAgent agent;
    /** Absent if streams are disabled. */
    private final @Nullable StreamPorts streamPorts;

    private volatile AgentChannel channel = AgentChannel.UNKNOWN;
    private volatile @Nullable VmName name;

    LibvirtVm(
            VmId id,
            UUID domain,
            Map<UUID, Long> startedAt,
            LibvirtCalls calls,
            LibvirtCalls agentCalls,
            GuestAgentOptions options,
            @Nullable StreamSocketFolder streams) {
        this.id = id;
        this.domain = domain;
        this.startedAt = startedAt;
        this.calls = calls;
        this.streamPorts = streams == null ? null : new LibvirtStreamPorts(domain, calls, streams);
        this.agent = AgentClient.over(new LibvirtExchange(domain, agentCalls), options);
    }

    @Override
    public VmId id() {
        return id;
    }

    @Override
    public Optional<VmName> name() {
        return Optional.ofNullable(name);
    }

    void nameIs(@Nullable VmName now) {
        name = now;
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
            PowerState power = power(call(LibvirtConnection.Domain::state, false, deadline));
            return switch (power) {
                case RUNNING, PAUSED, STOPPING -> new VmState(power, null, uptime());
                case STARTING, STOPPED, UNKNOWN -> VmState.of(power);
            };
        } catch (CallException e) {
            // A transient domain disappears when it is off.
            boolean isGone = e.said != null && e.said.code() == LibvirtException.NO_DOMAIN;
            return VmState.of(isGone ? PowerState.STOPPED : PowerState.UNKNOWN);
        }
    }

    private @Nullable Duration uptime() {
        Long nanoTime = startedAt.get(domain);
        return nanoTime == null ? null : Duration.ofNanos(System.nanoTime() - nanoTime);
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

    void channelIs(AgentChannel now) {
        channel = now;
    }

    @Override
    public VmUsage usage(Deadline deadline) {
        try {
            return call(LibvirtConnection.Domain::stats, false, deadline).usage();
        } catch (CallException e) {
            return VmUsage.UNKNOWN;
        }
    }

    @Override
    public Optional<VmPower> power() {
        return Optional.of(this::press);
    }

    @Override
    public Optional<StreamPorts> streamPorts() {
        return Optional.ofNullable(streamPorts);
    }

    private void press(VmPower.Switch which, Deadline deadline) throws VmPowerException {
        try {
            boolean ignored = call(
                    found -> {
                        found.press(which);
                        return true;
                    },
                    true,
                    deadline);
        } catch (CallException e) {
            throw switch (e.why) {
                case FAILED ->
                    new VmPowerException(
                            Kind.REFUSED, "libvirt said: " + (e.said == null ? "nothing" : e.said.words()), e);
                case UNREACHABLE -> new VmPowerException(Kind.UNREACHABLE, "libvirt cannot be reached", e);
                case NOT_BEGUN -> new VmPowerException(Kind.UNREACHABLE, "libvirt is busy with other VMs", e);
                case LATE -> new VmPowerException(Kind.UNREACHABLE, "libvirt did not answer in time", e);
                case INTERRUPTED -> new VmPowerException(Kind.UNREACHABLE, "the server is shutting down", e);
            };
        }
    }

    void close() {
        agent.close();
    }

    private interface Question<T> {
        T ask(LibvirtConnection.Domain domain) throws LibvirtException;
    }

    private <T> T call(Question<T> question, boolean likelySlow, Deadline deadline) throws CallException {
        return calls.call(
                connection -> {
                    try (LibvirtConnection.Domain found = connection.domain(domain)) {
                        return question.ask(found);
                    }
                },
                likelySlow,
                deadline);
    }
}
