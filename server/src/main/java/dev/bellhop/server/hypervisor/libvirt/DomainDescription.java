// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.io.StringReader;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

/**
 * What is read from a domain's XML.
 *
 * @param vmid the one that its metadata claim, if they do
 * @param channel what is known of the agent's channel; {@link AgentChannel#UNKNOWN} where the domain does not run
 */
record DomainDescription(String name, @Nullable VmId vmid, AgentChannel channel) {
    /** Of the element {@code vm} with its attribute {@code vmid}. */
    static final String NAMESPACE = "https://bellhop.dev/libvirt";

    private static final String AGENT = "org.qemu.guest_agent.0";

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
        for (Node node = devices.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getLocalName().equals("channel")) {
                Optional<Element> target = child(element, "target")
                        .filter(agents -> agents.getAttribute("name").equals(AGENT));
                if (target.isPresent()) {
                    return switch (target.get().getAttribute("state")) {
                        case "connected" -> AgentChannel.OPEN;
                        case "disconnected" -> AgentChannel.CLOSED;
                        default -> AgentChannel.UNKNOWN;
                    };
                }
            }
        }
        return AgentChannel.NOT_CONFIGURED;
    }

    private static Optional<Element> child(Element parent, String name) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getLocalName().equals(name)) {
                return Optional.of(element);
            }
        }
        return Optional.empty();
    }
}
