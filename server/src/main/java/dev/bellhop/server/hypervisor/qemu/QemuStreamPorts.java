// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.StreamPort;
import dev.bellhop.server.hypervisor.StreamPortException;
import dev.bellhop.server.hypervisor.StreamPortException.Kind;
import dev.bellhop.server.hypervisor.StreamPorts;
import dev.bellhop.server.hypervisor.StreamSocketFolder;
import dev.bellhop.server.hypervisor.qemu.SerialPorts.Port;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Ports for streams of a plain QEMU, plugged through its monitor. The host connects before the guest can see the port:
 * a guest that reads from a port without a host gets an immediate end of file.
 *
 * <p>A plugged port and its character device have the id {@code bellhop-stream-N}, which a later server recognizes.
 * Ports that an operator has put into the VM's definition have other ids, and stay.
 */
final class QemuStreamPorts implements StreamPorts {
    private static final String ID_PREFIX = "bellhop-stream-";

    /** A server uses one port; more ports belong to others, such as a stopped server whose connection is still open. */
    private static final int MAX_NUMBER = 9;

    private static final String NO_MONITOR = "the server's configuration names no monitor of it, which plugs the port";

    private final @Nullable Path monitor;
    private final StreamSocketFolder folder;

    QemuStreamPorts(@Nullable Path monitor, StreamSocketFolder folder) {
        this.monitor = monitor;
        this.folder = folder;
    }

    private interface Work<T> {
        T with(QmpTalk talk, SerialPorts ports) throws IOException, StreamPortException;
    }

    @Override
    public StreamPort plug(Deadline deadline) throws StreamPortException {
        return talk(deadline, (talk, ports) -> {
            removeLeftovers(talk, ports);
            Optional<StreamPort> defined = defined(ports);
            return defined.isPresent() ? defined.get() : plug(talk, ports);
        });
    }

    @Override
    public void removeLeftovers(Deadline deadline) throws StreamPortException {
        boolean ignored = talk(deadline, (talk, ports) -> {
            removeLeftovers(talk, ports);
            return true;
        });
    }

    private <T> T talk(Deadline deadline, Work<T> work) throws StreamPortException {
        Path socket = monitor;
        if (socket == null) {
            throw new StreamPortException(Kind.NO_MONITOR, NO_MONITOR);
        }
        try (QmpTalk talk = QmpTalk.open(socket, deadline)) {
            return work.with(talk, SerialPorts.ask(talk));
        } catch (QmpTalk.RefusedException e) {
            throw new StreamPortException(Kind.REFUSED, "QEMU refused: " + e.getMessage(), e);
        } catch (ConnectException e) {
            throw new StreamPortException(Kind.UNREACHABLE, "it is off: nobody listens on its monitor", e);
        } catch (IOException e) {
            throw new StreamPortException(
                    Kind.UNREACHABLE,
                    "its monitor does not answer; another program may hold it, or the server may not open it",
                    e);
        }
    }

    /**
     * Removes ports that an earlier server has plugged and is no longer connected to, for example because it was
     * killed.
     */
    private static void removeLeftovers(QmpTalk talk, SerialPorts ports) throws IOException {
        Set<String> devices = ports.ports().stream().map(Port::id).collect(Collectors.toSet());
        for (String id : List.copyOf(ports.sockets().keySet())) {
            if (id.startsWith(ID_PREFIX) && ports.isFree(id)) {
                remove(talk, id, devices.contains(id));
                ports.sockets().remove(id);
                ports.ports().removeIf(port -> port.id().equals(id));
            }
        }
    }

    private static void remove(QmpTalk talk, String id, boolean hasDevice) throws IOException {
        if (hasDevice) {
            JsonNode ignored = talk.run("device_del", Map.of("id", id));
            talk.awaitEvent(event -> event.path("event").asString("").equals("DEVICE_DELETED")
                    && event.path("data").path("device").asString("").equals(id));
        }
        JsonNode ignored = talk.run("chardev-remove", Map.of("id", id));
    }

    /** Returns a port from the VM's definition, with a socket that QEMU listens on. */
    private static Optional<StreamPort> defined(SerialPorts ports) {
        for (Port port : ports.ports()) {
            Path path = SerialPorts.number(port) == null || port.id().startsWith(ID_PREFIX)
                    ? null
                    : ports.listeningPath(port).orElse(null);
            // If the server may not open it, this plugs a port.
            SocketChannel channel = path == null ? null : StreamSocketFolder.connect(path);
            if (channel != null) {
                return Optional.of(new DefinedPort(port.name(), channel));
            }
        }
        return Optional.empty();
    }

    private StreamPort plug(QmpTalk talk, SerialPorts ports) throws IOException, StreamPortException {
        Set<Integer> taken = ports.ports().stream()
                .map(SerialPorts::number)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
        int number = IntStream.rangeClosed(1, MAX_NUMBER)
                .filter(n -> !taken.contains(n) && !ports.sockets().containsKey(ID_PREFIX + n))
                .findFirst()
                .orElseThrow(() -> new StreamPortException(
                        Kind.NO_SLOT, "it has " + MAX_NUMBER + " ports for streams already, and all are in use"));
        String id = ID_PREFIX + number;
        SocketChannel channel = folder.connected(path -> {
            JsonNode ignored = talk.run(
                    "chardev-add",
                    Map.of(
                            "id",
                            id,
                            "backend",
                            Map.of(
                                    "type",
                                    "socket",
                                    "data",
                                    Map.of(
                                            "addr",
                                            Map.of("type", "unix", "data", Map.of("path", path.toString())),
                                            "server",
                                            false))));
        });
        try {
            Map<String, Object> device = new HashMap<>(Map.of(
                    "driver", "virtserialport", "id", id, "chardev", id, "name", StreamPorts.NAME_PREFIX + number));
            ports.agentBus().ifPresent(bus -> device.put("bus", bus));
            JsonNode ignored = talk.run("device_add", device);
            return new PluggedPort(StreamPorts.NAME_PREFIX + number, id, channel);
        } catch (QmpTalk.RefusedException e) {
            channel.close();
            JsonNode ignored = talk.run("chardev-remove", Map.of("id", id));
            String said = String.valueOf(e.getMessage());
            boolean isFull = said.contains("No more room") || said.contains("out of range");
            throw new StreamPortException(
                    isFull ? Kind.NO_SLOT : Kind.REFUSED, "QEMU refused to plug a port: " + said, e);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private record DefinedPort(String name, SocketChannel channel) implements StreamPort {
        @Override
        public void unplug(Deadline deadline) {
            StreamSocketFolder.close(channel);
        }
    }

    private final class PluggedPort implements StreamPort {
        private final String name;
        private final String id;
        private final SocketChannel channel;

        PluggedPort(String name, String id, SocketChannel channel) {
            this.name = name;
            this.id = id;
            this.channel = channel;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public SocketChannel channel() {
            return channel;
        }

        /** A character device is busy while the host is connected or its device exists. */
        @Override
        public void unplug(Deadline deadline) throws StreamPortException {
            StreamSocketFolder.close(channel);
            if (Files.notExists(Objects.requireNonNull(monitor))) {
                return;
            }
            try {
                boolean ignored = talk(deadline, (talk, ports) -> {
                    if (ports.sockets().containsKey(id)) {
                        remove(
                                talk,
                                id,
                                ports.ports().stream()
                                        .anyMatch(port -> port.id().equals(id)));
                    }
                    return true;
                });
            } catch (StreamPortException e) {
                if (!(e.getCause() instanceof ConnectException)) {
                    throw e;
                }
                // The VM is gone, and its ports with it.
            }
        }
    }
}
