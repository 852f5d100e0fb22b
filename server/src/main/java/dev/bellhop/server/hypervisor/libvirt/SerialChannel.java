// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.server.hypervisor.StreamPorts;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;

/**
 * A virtio channel of a running domain with a stream's name.
 *
 * @param alias libvirt's name of the device
 * @param path of the socket; absent if it is not a socket, or if libvirt chooses the path
 * @param listens whether QEMU listens there, rather than connects to it
 */
record SerialChannel(String name, String alias, @Nullable String path, boolean listens) {
    /** Returns the stream channels in a domain's description. */
    static List<SerialChannel> of(String xml) {
        return DomainXml.parse(xml).stream()
                .flatMap(domain -> DomainXml.children(domain, "devices"))
                .flatMap(devices -> DomainXml.children(devices, "channel"))
                .flatMap(SerialChannel::of)
                .toList();
    }

    private static Stream<SerialChannel> of(Element channel) {
        String name = attribute(channel, "target", "name");
        boolean isSocket = channel.getAttribute("type").equals("unix");
        String path = isSocket ? attribute(channel, "source", "path") : "";
        return name.startsWith(StreamPorts.NAME_PREFIX)
                ? Stream.of(new SerialChannel(
                        name,
                        attribute(channel, "alias", "name"),
                        path.isEmpty() ? null : path,
                        attribute(channel, "source", "mode").equals("bind")))
                : Stream.empty();
    }

    private static String attribute(Element parent, String child, String name) {
        return DomainXml.child(parent, child)
                .map(element -> element.getAttribute(name))
                .orElse("");
    }
}
