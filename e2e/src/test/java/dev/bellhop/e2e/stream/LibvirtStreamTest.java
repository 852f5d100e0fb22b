// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.e2e.support.AgentCommands;
import dev.bellhop.e2e.support.AgentCommands.Steady;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.server.hypervisor.StreamPort;
import dev.bellhop.server.hypervisor.StreamPorts;
import dev.bellhop.server.hypervisor.StreamSocketFolder;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.hypervisor.libvirt.AssignedVmids;
import dev.bellhop.server.hypervisor.libvirt.LibvirtHypervisor;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.StreamUnavailableException;
import dev.bellhop.server.stream.StreamUnavailableException.Reason;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.testkit.RealLibvirt;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ports for streams in a domain of a real libvirt, whose guest has neither perl nor python. */
@Timeout(600)
@Tag("real")
@Tag("vm")
class LibvirtStreamTest {
    private static final VmId VM = new VmId(TestBed.VMID);

    @TempDir
    private static Path folder;

    private static RealLibvirt libvirt;
    private static LibvirtHypervisor hypervisor;

    @BeforeAll
    static void start() throws Exception {
        libvirt = RealLibvirt.start(folder);
        libvirt.define("web", "", RealLibvirt.CHANNEL);
        libvirt.virsh("start", "web");
        libvirt.awaitAgent("web");
        hypervisor = open();
    }

    private static LibvirtHypervisor open() throws Exception {
        return LibvirtHypervisor.start(
                libvirt.uri(),
                Map.of(VM, "web"),
                AssignedVmids.read(folder.resolve("vmids")),
                GuestAgentOptions.defaults(),
                new StreamSocketFolder(folder.resolve("sockets")));
    }

    @AfterAll
    static void stop() throws Exception {
        try {
            if (hypervisor != null) {
                hypervisor.close();
            }
        } finally {
            if (libvirt != null) {
                libvirt.close();
            }
        }
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(60));
    }

    private static StreamPorts ports(LibvirtHypervisor of) {
        return of.find(VM).flatMap(VirtualMachine::streamPorts).orElseThrow();
    }

    private static GuestAgent agent() {
        return hypervisor.find(VM).orElseThrow().agent();
    }

    private static String run(String script) throws Exception {
        return AgentCommands.run(agent(), script);
    }

    private static String portsInTheGuest() throws Exception {
        return run("cat /sys/class/virtio-ports/*/name | sort");
    }

    @Test
    void aPortIsPluggedCarriesBytesAndIsUnplugged() throws Exception {
        StreamPort port = ports(hypervisor).plug(soon());
        assertThat(port.name()).isEqualTo("dev.bellhop.stream.1");
        await().atMost(Duration.ofMinutes(1))
                .until(() -> portsInTheGuest().equals("dev.bellhop.stream.1\norg.qemu.guest_agent.0"));
        run("for p in /sys/class/virtio-ports/*; do [ \"$(cat $p/name)\" = dev.bellhop.stream.1 ] && d=${p##*/}; done;"
                + " (exec cat <>/dev/$d >&0) 2>/dev/null &");
        port.channel().write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII)));
        ByteBuffer echo = ByteBuffer.allocate(5);
        while (echo.hasRemaining()) {
            assertThat(port.channel().read(echo)).isPositive();
        }
        assertThat(new String(echo.array(), StandardCharsets.US_ASCII)).isEqualTo("hello");

        port.unplug(soon());
        assertThat(portsInTheGuest()).isEqualTo("org.qemu.guest_agent.0");
        assertThat(libvirt.virsh("dumpxml", "web")).doesNotContain("dev.bellhop");
        assertThat(libvirt.virsh("dumpxml", "--inactive", "web")).doesNotContain("dev.bellhop");
    }

    @Test
    @Tag("full")
    void whatAKilledServerHasLeftIsRemoved() throws Exception {
        try (LibvirtHypervisor killed = open()) {
            ports(killed).plug(soon()).channel().close();
        }
        assertThat(libvirt.virsh("dumpxml", "web")).contains("ua-bellhop-stream-1");
        ports(hypervisor).removeLeftovers(soon());
        assertThat(libvirt.virsh("dumpxml", "web")).doesNotContain("dev.bellhop");
    }

    @Test
    @Tag("full")
    void portsComeAndGoWhileTheAgentRunsCommands() throws Exception {
        Steady commands = Steady.start(agent());
        int count;
        try {
            for (int i = 0; i < 20; i++) {
                StreamPort port = ports(hypervisor).plug(soon());
                await().atMost(Duration.ofMinutes(1))
                        .until(() -> portsInTheGuest().contains(port.name()));
                port.unplug(soon());
            }
        } finally {
            count = commands.end();
        }
        assertThat(count).isPositive();
        assertThat(portsInTheGuest()).isEqualTo("org.qemu.guest_agent.0");
    }

    @Test
    @Tag("full")
    void aGuestWithoutAnInterpreterIsTold() throws Exception {
        try (GuestStreams streams =
                new GuestStreams(new VmDirectory(List.of(hypervisor)), folder, new SimpleMeterRegistry())) {
            assertThatThrownBy(() -> streams.acquire(VM, soon()))
                    .isInstanceOfSatisfying(
                            StreamUnavailableException.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.NO_INTERPRETER))
                    .hasMessageContaining("perl-base");
        }
        await().atMost(Duration.ofMinutes(1)).until(() -> portsInTheGuest().equals("org.qemu.guest_agent.0"));
    }
}
