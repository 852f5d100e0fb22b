// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.GuestPresence;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.server.hypervisor.StreamPorts;
import dev.bellhop.server.hypervisor.StreamSocketFolder;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmPower;
import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vm.VmUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One VM of plain QEMU. */
final class QemuVm implements VirtualMachine {
    private final VmId id;
    private final VmSockets sockets;
    private final GuestAgent agent;
    /** Absent without a monitor. */
    private final @Nullable QemuState state;
    /** Absent if streams are disabled. */
    private final @Nullable StreamPorts streamPorts;

    /** @param streamSockets absent if streams are disabled */
    QemuVm(VmId id, VmSockets sockets, GuestAgentOptions options, @Nullable StreamSocketFolder streamSockets) {
        this.id = id;
        this.sockets = sockets;
        this.state = sockets.monitor() == null ? null : new QemuState(id, sockets.agent(), sockets.monitor());
        this.streamPorts = streamSockets == null ? null : new QemuStreamPorts(sockets.monitor(), streamSockets);
        this.agent = AgentClient.onUnixSocket(
                sockets.agent(), options, state == null ? GuestPresence.ASSUMED : state::canGuestAnswer);
    }

    @Override
    public VmId id() {
        return id;
    }

    @Override
    public Optional<VmName> name() {
        return Optional.ofNullable(sockets.name());
    }

    @Override
    public GuestAgent agent() {
        return agent;
    }

    @Override
    public VmState state(Deadline deadline) {
        // Without a monitor: QEMU listens on the agent's socket for its whole life, agent or not.
        return state == null ? byAgent(deadline) : state.ask(deadline);
    }

    /** QEMU creates the socket at its start, and removes it at a normal exit. */
    @Override
    public boolean isHere(Deadline deadline) {
        return Files.exists(sockets.agent());
    }

    /** Logs problems with its sockets. */
    void check(Deadline deadline) {
        if (state != null) {
            state.check(deadline);
        }
    }

    /**
     * Returns whether the guest has opened its port, the other end of the character device behind the agent's socket.
     * If no device has this socket, the VM has no channel; unless a process listens on the socket, which QEMU may know
     * by another name.
     */
    @Override
    public AgentChannel channel(Deadline deadline) {
        Path monitor = sockets.monitor();
        if (monitor == null) {
            return AgentChannel.UNKNOWN;
        }
        try {
            JsonNode devices =
                    QmpMonitor.execute(monitor, deadline, "query-chardev").getFirst();
            if (!devices.isArray()) {
                return AgentChannel.UNKNOWN;
            }
            for (JsonNode device : devices) {
                if (isAgentSocket(device.path("filename").asString(""))) {
                    return device.path("frontend-open").asBoolean(false) ? AgentChannel.OPEN : AgentChannel.CLOSED;
                }
            }
        } catch (IOException e) {
            return AgentChannel.UNKNOWN;
        }
        return Files.notExists(sockets.agent()) ? AgentChannel.NOT_CONFIGURED : AgentChannel.UNKNOWN;
    }

    /**
     * Checks a file name such as {@code disconnected:unix:/run/1.qga,server=on}; the first word is missing while a
     * client is connected.
     */
    private boolean isAgentSocket(String filename) {
        String path = "unix:" + sockets.agent();
        return Stream.of(path, "disconnected:" + path)
                .anyMatch(name -> filename.equals(name) || filename.startsWith(name + ","));
    }

    @Override
    public VmUsage usage(Deadline deadline) {
        Path monitor = sockets.monitor();
        return monitor == null ? VmUsage.UNKNOWN : QemuUsage.of(monitor, deadline);
    }

    @Override
    public Optional<VmPower> power() {
        return Optional.of(new QemuPower(id, sockets));
    }

    @Override
    public Optional<StreamPorts> streamPorts() {
        return Optional.ofNullable(streamPorts);
    }

    private VmState byAgent(Deadline deadline) {
        try {
            agent.reach(deadline);
            return VmState.of(PowerState.RUNNING);
        } catch (NotConnectedException e) {
            return switch (e.reason()) {
                case NO_SOCKET, REFUSED, NOT_RUNNING -> VmState.of(PowerState.STOPPED);
                case FORBIDDEN ->
                    VmState.unknown("the server may not open its agent's socket; check the socket's owner and mode");
                // A problem of this server, which says nothing about the VM.
                case BUSY, FAILED, DROPPED, CLOSED, INTERRUPTED, UNREACHABLE, NO_CHANNEL, NO_AGENT, GIVEN_UP ->
                    VmState.of(PowerState.UNKNOWN);
            };
        }
    }

    void close() {
        agent.close();
    }
}
