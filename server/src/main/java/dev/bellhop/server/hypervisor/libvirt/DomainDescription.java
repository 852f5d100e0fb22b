// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.io.StringReader;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/**
 * What is read from a domain's XML.
 *
 * @param vmid the one in its metadata
 * @param channel {@link AgentChannel#UNKNOWN} if the domain does not run
 */
record DomainDescription(String name, @Nullable VmId vmid, AgentChannel channel) {
    /** Of the element {@code vm} with its attribute {@code vmid}. */
    static final String NAMESPACE = "https://bellhop.dev/libvirt";

    private static final String AGENT = "org.qemu.guest_agent.0";

    DomainDescription with(AgentChannel now) {
        return new DomainDescription(name, vmid, now);
    }

    /** Empty where it is no description of a domain. */
    static Optional<DomainDescription> parse(String xml) {
        try {
            DocumentBuilder builder = factory().newDocumentBuilder();
            // The usual one writes to stderr.
            builder.setErrorHandler(new DefaultHandler());
            Element domain =
                    builder.parse(new InputSource(new StringReader(xml))).getDocumentElement();
            String name = child(domain, "name").map(Element::getTextContent).orElse("");
            return Optional.of(new DomainDescription(
                    name,
                    child(domain, "metadata").flatMap(DomainDescription::claim).orElse(null),
                    child(domain, "devices").map(DomainDescription::channel).orElse(AgentChannel.NOT_CONFIGURED)));
        } catch (SAXException | IOException e) {
            return Optional.empty();
        } catch (ParserConfigurationException e) {
            throw new AssertionError(e);
        }
    }

    /** One that fetches nothing and expands nothing. */
    private static DocumentBuilderFactory factory() throws ParserConfigurationException {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
        factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
        factory.setXIncludeAware(false);
        factory.setExpandEntityReferences(false);
        factory.setNamespaceAware(true);
        return factory;
    }

    private static Optional<VmId> claim(Element metadata) {
        NodeList claims = metadata.getElementsByTagNameNS(NAMESPACE, "vm");
        return claims.getLength() == 1 && claims.item(0) instanceof Element vm
                ? VmId.parse(vm.getAttribute("vmid"))
                : Optional.empty();
    }

    private static AgentChannel channel(Element devices) {
        return children(devices, "channel")
                .flatMap(channel -> children(channel, "target"))
                .filter(target -> target.getAttribute("name").equals(AGENT))
                .findFirst()
                .map(target -> switch (target.getAttribute("state")) {
                    case "connected" -> AgentChannel.OPEN;
                    case "disconnected" -> AgentChannel.CLOSED;
                    default -> AgentChannel.UNKNOWN;
                })
                .orElse(AgentChannel.NOT_CONFIGURED);
    }

    private static Optional<Element> child(Element parent, String name) {
        return children(parent, name).findFirst();
    }

    private static Stream<Element> children(Element parent, String name) {
        NodeList nodes = parent.getChildNodes();
        return IntStream.range(0, nodes.getLength())
                .mapToObj(nodes::item)
                .filter(node -> node instanceof Element element
                        && element.getLocalName().equals(name))
                .map(Element.class::cast);
    }
}
