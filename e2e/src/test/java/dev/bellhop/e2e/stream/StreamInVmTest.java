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
import dev.bellhop.server.hypervisor.qemu.QemuHypervisor;
import dev.bellhop.server.hypervisor.qemu.VmSockets;
import dev.bellhop.server.stream.ChannelReader;
import dev.bellhop.server.stream.GuestCommand;
import dev.bellhop.server.stream.GuestProcess;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealVm;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Streams into a real VM, whose ports come and go while it runs. */
@Timeout(600)
@Tag("real")
@Tag("vm")
class StreamInVmTest {
    private static final VmId VM = new VmId(TestBed.VMID);

    @TempDir
    private static Path folder;

    private static RealVm vm;

    private QemuHypervisor hypervisor;
    private GuestStreams streams;

    @BeforeAll
    static void boot() throws Exception {
        vm = RealVm.start(TestBed.VMID, GuestImage.DEBIAN, folder);
    }

    @AfterAll
    static void end() throws Exception {
        if (vm != null) {
            vm.close();
        }
    }

    @BeforeEach
    void start() {
        hypervisor = QemuHypervisor.listed(
                        Map.of(
                                VM,
                                new VmSockets(
                                        vm.sockets().agent(),
                                        vm.sockets().monitor().orElseThrow(),
                                        null)),
                        GuestAgentOptions.defaults())
                .withStreams(new StreamSocketFolder(folder.resolve("sockets")));
        streams = new GuestStreams(new VmDirectory(List.of(hypervisor)), folder, new SimpleMeterRegistry());
        streams.start();
    }

    @AfterEach
    void stop() {
        streams.close();
        hypervisor.close();
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(60));
    }

    private StreamPorts ports() {
        return hypervisor.find(VM).flatMap(VirtualMachine::streamPorts).orElseThrow();
    }

    private GuestAgent agent() {
        return hypervisor.find(VM).orElseThrow().agent();
    }

    private static String text(ChannelReader reader) throws StreamException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Deadline deadline = soon();
        for (Optional<byte[]> read = reader.read(1 << 16, deadline);
                read.isPresent() && !deadline.hasPassed();
                read = reader.read(1 << 16, deadline)) {
            all.writeBytes(read.get());
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    private static String run(StreamLease lease, String script) throws StreamException {
        try (GuestProcess process = lease.stream().exec(GuestCommand.of("sh", "-c", script), soon())) {
            return text(process.stdout())
                    + text(process.stderr())
                    + process.awaitEnd(soon()).orElseThrow();
        }
    }

    /** By the agent, since a stream has a port itself. */
    private long portsInTheGuest() throws Exception {
        return Long.parseLong(AgentCommands.run(agent(), "ls /sys/class/virtio-ports | wc -l"));
    }

    /** How many of perl run there. */
    private String perls() throws Exception {
        return AgentCommands.run(agent(), "ps -e | grep -c perl");
    }

    @Test
    void aCommandRunsOverAPortThatComesAndGoes() throws Exception {
        try (StreamLease lease = streams.acquire(VM, soon())) {
            assertThat(run(lease, "id -u; hostname; echo err >&2; exit 3"))
                    .isEqualTo("0\nbellhop-debian\nerr\nProcessEnd[exitCode=3, signal=null]");
            assertThat(run(lease, "pwd; echo $HOME; tty")).startsWith("/root\n/root\n");
            assertThat(portsInTheGuest()).isEqualTo(2);
        }
        streams.close();
        assertThat(portsInTheGuest()).isEqualTo(1);
        await().atMost(Duration.ofMinutes(1)).until(() -> perls().equals("0"));
    }

    @Test
    void aTerminalIsOne() throws Exception {
        try (StreamLease lease = streams.acquire(VM, soon());
                GuestProcess process = lease.stream()
                        .exec(
                                GuestCommand.of("sh", "-c", "stty size; echo $TERM")
                                        .withEnv("TERM=xterm")
                                        .withTerminal(30, 100),
                                soon())) {
            assertThat(text(process.stdout())).isEqualTo("30 100\r\nxterm\r\n");
        }
    }

    @Test
    @Tag("full")
    void portsComeAndGoWhileTheAgentRunsCommands() throws Exception {
        Steady commands = Steady.start(agent());
        int count;
        try {
            for (int i = 0; i < 20; i++) {
                try (StreamLease lease = streams.acquire(VM, soon())) {
                    assertThat(run(lease, "echo " + i)).startsWith(i + "\n");
                }
                streams.close();
                streams = new GuestStreams(new VmDirectory(List.of(hypervisor)), folder, new SimpleMeterRegistry());
            }
        } finally {
            count = commands.end();
        }
        assertThat(count).isPositive();
        assertThat(portsInTheGuest()).isEqualTo(1);
    }

    @Test
    @Tag("full")
    void aPortThatAKilledServerHasLeftIsRemoved() throws Exception {
        StreamPort left = ports().plug(soon());
        // As the kernel does for a process that was killed.
        left.channel().close();
        await().atMost(Duration.ofMinutes(1)).until(() -> portsInTheGuest() == 2);

        try (StreamLease lease = streams.acquire(VM, soon())) {
            assertThat(run(lease, "echo here")).startsWith("here\n");
            assertThat(portsInTheGuest()).isEqualTo(2);
        }
    }

    @Test
    @Tag("full")
    void leftoversAreRemovedWithoutAStream() throws Exception {
        ports().plug(soon()).channel().close();
        await().atMost(Duration.ofMinutes(1)).until(() -> {
            ports().removeLeftovers(soon());
            return portsInTheGuest() == 1;
        });
    }

    @Test
    void aPortOfTheDefinitionIsUsedAndStays() throws Exception {
        Path socket = folder.resolve("own.sock");
        monitor(
                "{'execute':'chardev-add','arguments':{'id':'own','backend':{'type':'socket','data':{'addr':{'type':'unix',"
                        + "'data':{'path':'" + socket + "'}},'server':true,'wait':false}}}}");
        monitor("{'execute':'device_add','arguments':{'driver':'virtserialport','id':'ownport','chardev':'own',"
                + "'name':'dev.bellhop.stream.3'}}");
        try {
            StreamPort port = ports().plug(soon());
            assertThat(port.name()).isEqualTo("dev.bellhop.stream.3");
            port.unplug(soon());
            try (StreamLease lease = streams.acquire(VM, soon())) {
                assertThat(run(lease, "cat /sys/class/virtio-ports/*/name | sort"))
                        .startsWith("dev.bellhop.stream.3\norg.qemu.guest_agent.0\n");
            }
            streams.close();
            assertThat(portsInTheGuest()).isEqualTo(2);
        } finally {
            streams.close();
            monitor("{'execute':'device_del','arguments':{'id':'ownport'}}");
            await().atMost(Duration.ofMinutes(1)).until(() -> portsInTheGuest() == 1);
            monitor("{'execute':'chardev-remove','arguments':{'id':'own'}}");
        }
    }

    /** Sends QEMU's monitor one command, which has to succeed. */
    private static void monitor(String command) throws IOException {
        try (SocketChannel channel = SocketChannel.open(
                UnixDomainSocketAddress.of(vm.sockets().monitor().orElseThrow()))) {
            String lines = "{'execute':'qmp_capabilities'}\n" + command + "\n";
            channel.write(ByteBuffer.wrap(lines.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
            ByteBuffer told = ByteBuffer.allocate(1 << 16);
            String text = "";
            while (text.split("\"return\"", -1).length < 3) {
                assertThat(channel.read(told)).isPositive();
                text = new String(told.array(), 0, told.position(), StandardCharsets.UTF_8);
                assertThat(text).doesNotContain("\"error\"");
            }
        }
    }

    @Test
    @Tag("full")
    void aGuestThatIsResetLosesItsStream() throws Exception {
        StreamLease lease = streams.acquire(VM, soon());
        GuestProcess process = lease.stream().exec(GuestCommand.of("sleep", "1000"), soon());
        vm.reset();
        assertThatThrownBy(() -> process.awaitEnd(Deadline.after(Duration.ofMinutes(1))))
                .isInstanceOfSatisfying(
                        StreamException.class, e -> assertThat(e.kind()).isEqualTo(StreamException.Kind.LOST));
        await().atMost(Duration.ofMinutes(6)).ignoreExceptions().until(() -> portsInTheGuest() == 1);
    }
}
