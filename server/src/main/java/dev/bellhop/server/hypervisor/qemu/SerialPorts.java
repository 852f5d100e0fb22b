// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.server.hypervisor.StreamPorts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The virtio serial ports of a QEMU and the character devices behind them, as reported by its monitor. The properties
 * are from hw/char/virtio-console.c in QEMU's source, the names of files from chardev/char-socket.c.
 *
 * @param ports all ports, including those of agents and consoles
 * @param sockets the character devices by their ids, as QEMU describes each
 */
record SerialPorts(List<Port> ports, Map<String, String> sockets) {
    private static final String AGENT = "org.qemu.guest_agent.0";
    private static final String DISCONNECTED = "disconnected:unix:";

    /** QEMU's device tree: devices with an id, and devices without. */
    private static final List<String> FOLDERS = List.of("/machine/peripheral", "/machine/peripheral-anon");

    private static final Pattern NUMBERED = Pattern.compile(Pattern.quote(StreamPorts.NAME_PREFIX) + "([1-9][0-9]?)");

    /**
     * @param id empty for a device without an id
     * @param chardev empty if it has none
     * @param bus the bus of its controller
     */
    record Port(String id, String name, String chardev, String bus) {}

    static SerialPorts ask(QmpTalk talk) throws IOException {
        List<QmpTalk.Command> first = new ArrayList<>();
        FOLDERS.forEach(folder -> first.add(new QmpTalk.Command("qom-list", Map.of("path", folder))));
        first.add(new QmpTalk.Command("query-chardev"));
        List<JsonNode> told = talk.begin(true, first);
        List<String> paths = new ArrayList<>();
        List<QmpTalk.Command> second = new ArrayList<>();
        for (int i = 0; i < FOLDERS.size(); i++) {
            for (JsonNode device : told.get(i)) {
                if (device.path("type").asString("").equals("child<virtserialport>")) {
                    String path = FOLDERS.get(i) + "/" + device.path("name").asString("");
                    paths.add(path);
                    Stream.of("name", "chardev", "parent_bus")
                            .map(property -> new QmpTalk.Command("qom-get", Map.of("path", path, "property", property)))
                            .forEach(second::add);
                }
            }
        }
        List<JsonNode> properties = talk.ask(second);
        List<Port> ports = new ArrayList<>();
        for (int i = 0; i < paths.size(); i++) {
            String path = paths.get(i);
            String bus = properties.get(3 * i + 2).asString("");
            ports.add(new Port(
                    path.startsWith(FOLDERS.getFirst() + "/")
                            ? path.substring(FOLDERS.getFirst().length() + 1)
                            : "",
                    properties.get(3 * i).asString(""),
                    properties.get(3 * i + 1).asString(""),
                    bus.substring(bus.lastIndexOf('/') + 1)));
        }
        Map<String, String> sockets = new HashMap<>();
        told.getLast()
                .forEach(device -> sockets.put(
                        device.path("label").asString(""),
                        device.path("filename").asString("")));
        return new SerialPorts(ports, sockets);
    }

    /** Returns the bus of the agent's port; empty if there is none, which leaves the choice to QEMU. */
    Optional<String> agentBus() {
        return ports.stream()
                .filter(port -> port.name.equals(AGENT) && !port.bus.isEmpty())
                .map(Port::bus)
                .findFirst();
    }

    /** Checks whether a character device is a socket without a client. */
    boolean isFree(String chardev) {
        return sockets.getOrDefault(chardev, "").startsWith(DISCONNECTED);
    }

    /** Returns the path where QEMU listens for a port's host; empty if it does not listen, or a client is connected. */
    Optional<Path> listeningPath(Port port) {
        String file = sockets.getOrDefault(port.chardev, "");
        int options = file.indexOf(",server=on");
        return file.startsWith(DISCONNECTED) && options > 0
                ? Optional.of(Path.of(file.substring(DISCONNECTED.length(), options)))
                : Optional.empty();
    }

    /** Returns the number of a stream port; absent for any other. */
    static @Nullable Integer number(Port port) {
        Matcher matcher = NUMBERED.matcher(port.name);
        return matcher.matches() ? Integer.valueOf(matcher.group(1)) : null;
    }
}
