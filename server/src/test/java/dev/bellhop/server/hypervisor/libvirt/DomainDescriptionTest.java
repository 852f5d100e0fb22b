// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.VmId;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DomainDescriptionTest {
    private static final String METADATA =
            "<metadata><bellhop:vm xmlns:bellhop='https://bellhop.dev/libvirt' vmid='10000'/></metadata>";

    private static DomainDescription parse(String xml) {
        return DomainDescription.parse("<domain><name>web</name>" + xml + "</domain>")
                .orElseThrow();
    }

    private static String devices(String attributes) {
        return "<devices><channel type='spicevmc'><target name='com.redhat.spice.0' state='connected'/></channel>"
                + "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' " + attributes
                + "/></channel></devices>";
    }

    @Test
    void theVmidIsThatOfTheMetadata() {
        assertThat(parse(METADATA))
                .isEqualTo(new DomainDescription("web", new VmId(10000), AgentChannel.NOT_CONFIGURED));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<metadata/>",
                "<metadata><vm vmid='10000'/></metadata>",
                "<metadata><vm xmlns='https://other.example' vmid='10000'/></metadata>",
                "<metadata><vm xmlns='https://bellhop.dev/libvirt' vmid='0'/></metadata>",
                "<metadata><vm xmlns='https://bellhop.dev/libvirt' vmid='web'/></metadata>",
                "<metadata><a xmlns='https://bellhop.dev/libvirt'><vm vmid='1'/><vm vmid='2'/></a></metadata>",
                "<bellhop:vm xmlns:bellhop='https://bellhop.dev/libvirt' vmid='10000'/>"
            })
    void anythingElseClaimsNone(String xml) {
        assertThat(parse(xml).vmid()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"state='connected', OPEN", "state='disconnected', CLOSED", "'', UNKNOWN"})
    void theChannelIsAsItsStateSays(String attributes, AgentChannel channel) {
        assertThat(parse(devices(attributes)).channel()).isEqualTo(channel);
    }

    @Test
    void nothingFromElsewhereIsReadIn(@TempDir Path folder) throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "secret");
        assertThat(DomainDescription.parse("<!DOCTYPE domain [<!ENTITY x SYSTEM '" + secret.toUri()
                        + "'>]><domain><name>&x;</name></domain>"))
                .isEmpty();
        assertThat(DomainDescription.parse("<domain>")).isEmpty();
    }
}
