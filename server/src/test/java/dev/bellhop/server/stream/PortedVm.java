// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.server.hypervisor.Hypervisor;
import dev.bellhop.server.hypervisor.StreamPort;
import dev.bellhop.server.hypervisor.StreamPortException;
import dev.bellhop.server.hypervisor.StreamPorts;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A hypervisor of VM 1 alone, whose ports are Unix sockets that its guest, which is this machine, finds by their paths. */
public final class PortedVm implements Hypervisor, VirtualMachine, StreamPorts {
    public static final VmId ID = new VmId(1);

    private final GuestAgent agent;
    private final Path folder;
    final AtomicInteger plugs = new AtomicInteger();
    final AtomicInteger leftoversRemoved = new AtomicInteger();
    public final Set<String> plugged = ConcurrentHashMap.newKeySet();
    public volatile boolean hasStreams = true;
    volatile @Nullable StreamPortException refusal;
    volatile Runnable whilePlugging = () -> {};
    /** Whether the guest finds somebody else at the port. */
    volatile boolean isMute;

    public PortedVm(Path agentSocket, Path folder) {
        this(AgentClient.onUnixSocket(agentSocket, GuestAgentOptions.defaults()), folder);
    }

    /** @param agent which serves one client at a time, so that all who ask it share this one */
    public PortedVm(GuestAgent agent, Path folder) {
        this.agent = agent;
        this.folder = folder;
    }

    @Override
    public StreamPort plug(Deadline deadline) throws StreamPortException {
        StreamPortException no = refusal;
        int number = plugs.incrementAndGet();
        whilePlugging.run();
        if (no != null) {
            throw no;
        }
        Path path = folder.resolve("p" + number);
        try {
            ServerSocketChannel guestSide = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            guestSide.bind(UnixDomainSocketAddress.of(path));
            // The script is a client, as is the host: what stands between the two is the port.
            Path hostPath = folder.resolve("h" + number);
            ServerSocketChannel hostSide = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            hostSide.bind(UnixDomainSocketAddress.of(hostPath));
            SocketChannel host = SocketChannel.open(UnixDomainSocketAddress.of(hostPath));
            SocketChannel port = hostSide.accept();
            hostSide.close();
            plugged.add(path.toString());
            Thread.startVirtualThread(() -> serve(guestSide, port));
            return new Port(path, host, guestSide);
        } catch (IOException e) {
            throw new StreamPortException(StreamPortException.Kind.REFUSED, "of a fault of the test", e);
        }
    }

    private void serve(ServerSocketChannel guestSide, SocketChannel port) {
        try (SocketChannel guest = guestSide.accept();
                port) {
            if (isMute) {
                Files.createFile(folder.resolve("mute"));
                guest.read(ByteBuffer.allocate(1));
                Thread.sleep(Duration.ofMinutes(1));
                return;
            }
            Thread there = Thread.startVirtualThread(() -> copy(port, guest));
            copy(guest, port);
            there.join();
        } catch (IOException | InterruptedException e) {
            // The test has ended.
        }
    }

    private static void copy(SocketChannel from, SocketChannel to) {
        try {
            Channels.newInputStream(from).transferTo(Channels.newOutputStream(to));
            to.close();
        } catch (IOException e) {
            try {
                to.close();
            } catch (IOException ignored) {
                // It is closed.
            }
        }
    }

    private final class Port implements StreamPort {
        private final Path path;
        private final SocketChannel host;
        private final ServerSocketChannel guestSide;

        Port(Path path, SocketChannel host, ServerSocketChannel guestSide) {
            this.path = path;
            this.host = host;
            this.guestSide = guestSide;
        }

        @Override
        public String name() {
            return path.toString();
        }

        @Override
        public SocketChannel channel() {
            return host;
        }

        @Override
        public void unplug(Deadline deadline) {
            try {
                host.close();
                guestSide.close();
            } catch (IOException e) {
                // It is closed.
            }
            plugged.remove(path.toString());
        }
    }

    @Override
    public void removeLeftovers(Deadline deadline) {
        leftoversRemoved.incrementAndGet();
    }

    @Override
    public Optional<StreamPorts> streamPorts() {
        return hasStreams ? Optional.of(this) : Optional.empty();
    }

    @Override
    public SortedSet<VmId> vms() {
        return new TreeSet<>(Set.of(ID));
    }

    @Override
    public Optional<VirtualMachine> find(VmId id) {
        return id.equals(ID) ? Optional.of(this) : Optional.empty();
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
        return VmState.of(PowerState.RUNNING);
    }

    @Override
    public void close() {
        agent.close();
    }
}
