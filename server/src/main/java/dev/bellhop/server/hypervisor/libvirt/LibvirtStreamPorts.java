// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.StreamPort;
import dev.bellhop.server.hypervisor.StreamPortException;
import dev.bellhop.server.hypervisor.StreamPortException.Kind;
import dev.bellhop.server.hypervisor.StreamPorts;
import dev.bellhop.server.hypervisor.StreamSocketFolder;
import dev.bellhop.server.hypervisor.libvirt.LibvirtCalls.CallException;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Stream ports of a domain, plugged into it as channels while it runs. Libvirt chooses the path of QEMU's socket, and
 * restricts access to it. Plugged channels have aliases that a later server recognizes; libvirt reserves the alias
 * prefix for users.
 */
final class LibvirtStreamPorts implements StreamPorts {
    private static final String ALIAS_PREFIX = "ua-bellhop-stream-";
    private static final int MAX_NUMBER = 9;

    private final UUID domain;
    private final LibvirtCalls calls;
    private final StreamSocketFolder folder;

    /** Aliases of the ports in use here. */
    private final Set<String> own = ConcurrentHashMap.newKeySet();

    /** Whether the server must listen, because it may not connect to QEMU's socket. */
    private volatile boolean listens;

    LibvirtStreamPorts(UUID domain, LibvirtCalls calls, StreamSocketFolder folder) {
        this.domain = domain;
        this.calls = calls;
        this.folder = folder;
    }

    private interface Work<T> {
        T with(LibvirtConnection.Domain domain) throws LibvirtException;
    }

    @Override
    public StreamPort plug(Deadline deadline) throws StreamPortException {
        removeLeftovers(deadline);
        for (SerialChannel channel : call(found -> SerialChannel.of(found.xml()), deadline)) {
            SocketChannel connected =
                    channel.alias().startsWith(ALIAS_PREFIX) || own.contains(channel.alias()) ? null : connect(channel);
            if (connected != null) {
                return new Port(channel, connected, false);
            }
        }
        return attach(deadline);
    }

    /**
     * Makes QEMU listen on a path that libvirt chooses and keeps private. If the server may not connect there, the
     * server itself listens instead.
     */
    private StreamPort attach(Deadline deadline) throws StreamPortException {
        SerialChannel free = free(deadline);
        own.add(free.alias());
        try {
            if (!listens) {
                attach(free, deadline);
                SocketChannel connected = connect(described(free, deadline));
                if (connected != null) {
                    return new Port(free, connected, true);
                }
                detach(free, deadline);
                listens = true;
            }
            return new Port(
                    free,
                    folder.connected(socket ->
                            attach(new SerialChannel(free.name(), free.alias(), socket.toString(), false), deadline)),
                    true);
        } catch (IOException e) {
            own.remove(free.alias());
            throw new StreamPortException(Kind.REFUSED, "the server cannot listen for QEMU: " + e.getMessage(), e);
        } catch (StreamPortException e) {
            own.remove(free.alias());
            throw e;
        }
    }

    private SerialChannel free(Deadline deadline) throws StreamPortException {
        Set<String> taken = call(found -> SerialChannel.of(found.xml()), deadline).stream()
                .map(SerialChannel::name)
                .collect(Collectors.toSet());
        int number = IntStream.rangeClosed(1, MAX_NUMBER)
                .filter(n -> !taken.contains(NAME_PREFIX + n))
                .findFirst()
                .orElseThrow(() -> new StreamPortException(
                        Kind.NO_SLOT, "it has " + MAX_NUMBER + " ports for streams already, and all are in use"));
        return new SerialChannel(NAME_PREFIX + number, ALIAS_PREFIX + number, null, true);
    }

    /** @param channel with the path of the server's socket, or without a path if QEMU listens */
    private void attach(SerialChannel channel, Deadline deadline) throws StreamPortException {
        boolean ignored = call(
                found -> {
                    found.attach(device(channel));
                    return true;
                },
                deadline);
    }

    private SerialChannel described(SerialChannel wanted, Deadline deadline) throws StreamPortException {
        return call(found -> SerialChannel.of(found.xml()), deadline).stream()
                .filter(channel -> channel.alias().equals(wanted.alias()))
                .findFirst()
                .orElse(wanted);
    }

    private void detach(SerialChannel channel, Deadline deadline) throws StreamPortException {
        boolean ignored = call(
                found -> {
                    for (SerialChannel plugged : SerialChannel.of(found.xml())) {
                        if (plugged.alias().equals(channel.alias())) {
                            found.detach(device(plugged));
                        }
                    }
                    return true;
                },
                deadline);
    }

    /** Removes all plugged ports that are not in use here: only one server manages a domain. */
    @Override
    public void removeLeftovers(Deadline deadline) throws StreamPortException {
        boolean ignored = call(
                found -> {
                    List<SerialChannel> left = SerialChannel.of(found.xml()).stream()
                            .filter(channel -> channel.alias().startsWith(ALIAS_PREFIX))
                            .filter(channel -> !own.contains(channel.alias()))
                            .toList();
                    for (SerialChannel channel : left) {
                        found.detach(device(channel));
                    }
                    return true;
                },
                deadline);
    }

    private static String device(SerialChannel channel) {
        String source = channel.path() == null
                ? "<source mode='bind'/>"
                : "<source mode='" + (channel.listens() ? "bind" : "connect") + "' path='" + channel.path() + "'/>";
        return "<channel type='unix'>" + source + "<target type='virtio' name='" + channel.name() + "'/><alias name='"
                + channel.alias() + "'/></channel>";
    }

    /** Connects; absent if nothing listens there, or the server may not connect. */
    private static @Nullable SocketChannel connect(SerialChannel channel) {
        String path = channel.path();
        if (path == null || !channel.listens()) {
            return null;
        }
        return StreamSocketFolder.connect(Path.of(path));
    }

    private <T extends @Nullable Object> T call(Work<T> work, Deadline deadline) throws StreamPortException {
        try {
            return calls.call(
                    connection -> {
                        try (LibvirtConnection.Domain found = connection.domain(domain)) {
                            return work.with(found);
                        }
                    },
                    true,
                    deadline);
        } catch (CallException e) {
            throw switch (e.why) {
                case FAILED ->
                    new StreamPortException(
                            e.said != null && isGone(e.said) ? Kind.UNREACHABLE : Kind.REFUSED,
                            "libvirt said: " + (e.said == null ? "nothing" : e.said.words()),
                            e);
                case UNREACHABLE -> new StreamPortException(Kind.UNREACHABLE, "libvirt cannot be reached", e);
                case NOT_BEGUN -> new StreamPortException(Kind.UNREACHABLE, "libvirt is busy with other VMs", e);
                case LATE -> new StreamPortException(Kind.UNREACHABLE, "libvirt did not answer in time", e);
                case INTERRUPTED -> new StreamPortException(Kind.UNREACHABLE, "the server is shutting down", e);
            };
        }
    }

    private static boolean isGone(LibvirtException e) {
        return e.code() == LibvirtException.NO_DOMAIN || e.code() == LibvirtException.OPERATION_INVALID;
    }

    private final class Port implements StreamPort {
        private final SerialChannel channel;
        private final SocketChannel socket;
        private final boolean isPlugged;

        Port(SerialChannel channel, SocketChannel socket, boolean isPlugged) {
            this.channel = channel;
            this.socket = socket;
            this.isPlugged = isPlugged;
            own.add(channel.alias());
        }

        @Override
        public String name() {
            return channel.name();
        }

        @Override
        public SocketChannel channel() {
            return socket;
        }

        @Override
        public void unplug(Deadline deadline) throws StreamPortException {
            StreamSocketFolder.close(socket);
            if (isPlugged) {
                unplugIfThere(deadline);
            }
            own.remove(channel.alias());
        }

        @Override
        public void abandon() {
            own.remove(channel.alias());
        }

        private void unplugIfThere(Deadline deadline) throws StreamPortException {
            try {
                detach(channel, deadline);
            } catch (StreamPortException e) {
                boolean isGone = e.getCause() instanceof CallException call
                        && call.said != null
                        && LibvirtStreamPorts.isGone(call.said);
                if (!isGone) {
                    throw e;
                }
                // The domain is off, and its ports are gone.
            }
        }
    }
}
