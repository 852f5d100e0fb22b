// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.VmId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Properties read from a domain's XML.
 *
 * @param vmid the vmid in its metadata
 * @param channel {@link AgentChannel#UNKNOWN} if the domain does not run
 */
record DomainDescription(String name, @Nullable VmId vmid, AgentChannel channel) {
    /** Namespace of the element {@code vm} with its attribute {@code vmid}. */
    static final String NAMESPACE = "https://bellhop.dev/libvirt";

    private static final String AGENT = "org.qemu.guest_agent.0";

    DomainDescription with(AgentChannel now) {
        return new DomainDescription(name, vmid, now);
    }

    /** Parses a domain's XML; empty if the text describes no domain. */
    static Optional<DomainDescription> parse(String xml) {
        return DomainXml.parse(xml)
                .map(domain -> new DomainDescription(
                        DomainXml.child(domain, "name")
                                .map(Element::getTextContent)
                                .orElse(""),
                        DomainXml.child(domain, "metadata")
                                .flatMap(DomainDescription::claim)
                                .orElse(null),
                        DomainXml.child(domain, "devices")
                                .map(DomainDescription::channel)
                                .orElse(AgentChannel.NOT_CONFIGURED)));
    }

    private static Optional<VmId> claim(Element metadata) {
        NodeList claims = metadata.getElementsByTagNameNS(NAMESPACE, "vm");
        return claims.getLength() == 1 && claims.item(0) instanceof Element vm
                ? VmId.parse(vm.getAttribute("vmid"))
                : Optional.empty();
    }

    private static AgentChannel channel(Element devices) {
        return DomainXml.children(devices, "channel")
                .flatMap(channel -> DomainXml.children(channel, "target"))
                .filter(target -> target.getAttribute("name").equals(AGENT))
                .findFirst()
                .map(target -> switch (target.getAttribute("state")) {
                    case "connected" -> AgentChannel.OPEN;
                    case "disconnected" -> AgentChannel.CLOSED;
                    default -> AgentChannel.UNKNOWN;
                })
                .orElse(AgentChannel.NOT_CONFIGURED);
    }
}
