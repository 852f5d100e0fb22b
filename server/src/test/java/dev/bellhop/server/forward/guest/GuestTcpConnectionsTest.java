// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.forward.ForwardId;
import dev.bellhop.server.forward.TcpConnections;
import dev.bellhop.server.forward.TcpInput;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.PortedVm;
import dev.bellhop.server.terminal.guest.AgentPtys;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.TcpPeer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections over a stream, and by relays for perl and python3, of a guest that is this machine. */
@Timeout(180)
@Tag("real")
class GuestTcpConnectionsTest {
    private static final VmId VM = PortedVm.ID;
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final int MEGABYTES_10 = 10 << 20;

    @TempDir
    private Path folder;

    private RealAgent agent;
    private PortedVm vm;
    private GuestStreams streams;
    private GuestTcpConnections connections;

    /** What runs relays. */
    private volatile String interpreter = "perl";

    @BeforeEach
    void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        vm = new PortedVm(agent.socket(), folder);
        VmDirectory directory = new VmDirectory(List.of(vm));
        streams = new GuestStreams(directory, folder, new SimpleMeterRegistry());
        AgentPtys ptys = new AgentPtys(
                directory,
                new AgentHealth(Clock.systemUTC()),
                (id, script, deadline) -> run(by(interpreter, script), deadline),
                folder.resolve("spool").toString());
        connections = new GuestTcpConnections(streams, ptys);
    }

    /** @param way {@code stream}, or what runs the relay */
    private void go(String way) {
        vm.hasStreams = way.equals("stream");
        interpreter = way;
    }

    /** Has the guest know one interpreter alone. */
    private static ExecCommand by(String interpreter, ExecCommand script) {
        List<String> args = new ArrayList<>(script.args());
        args.replaceAll(text -> text.replace("for _t in perl python3", "for _t in " + interpreter));
        byte[] input = script.input();
        ExecCommand same = ExecCommand.of(script.path(), args.toArray(String[]::new));
        return input == null
                ? same
                : same.withInput(new String(input, StandardCharsets.US_ASCII)
                        .replace(hex("for _t in perl python3"), hex("for _t in " + interpreter))
                        .getBytes(StandardCharsets.US_ASCII));
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
    }

    private ExecStatus run(ExecCommand script, Deadline deadline) throws AgentException {
        long pid = vm.agent().exec(script, deadline);
        while (true) {
            ExecStatus status = vm.agent().execStatus(pid, deadline);
            if (status.exited()) {
                return status;
            }
            Thread.onSpinWait();
        }
    }

    @AfterEach
    void stop() {
        streams.close();
        vm.close();
        agent.close();
    }

    private ForwardId open(String host, int port) {
        ForwardId id = new ForwardId(UUID.randomUUID());
        connections.open(VM, id, ForwardTarget.of(host, port).orElseThrow(), TIMEOUT);
        return id;
    }

    private byte[] readToEnd(ForwardId id) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (true) {
            TcpInput input = connections.read(VM, id, all.size(), TcpConnections.MAX_BYTES, TIMEOUT);
            if (input.isEnd()) {
                return all.toByteArray();
            }
            all.writeBytes(input.bytes());
        }
    }

    private void writeAll(ForwardId id, byte[] bytes) throws Exception {
        long offset = 0;
        while (offset < bytes.length) {
            int from = Math.toIntExact(offset);
            byte[] piece = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + (64 << 10)));
            long until = offset + piece.length;
            while (offset < until) {
                offset = connections.write(VM, id, from, piece, TIMEOUT);
            }
        }
        assertThat(connections.endOutput(VM, id, TIMEOUT)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"stream", "perl", "python3"})
    void tenMegabytesGoEachWayAtOnce(String way) throws Exception {
        go(way);
        byte[] bytes = TcpPeer.bytes(MEGABYTES_10);
        try (TcpPeer peer = TcpPeer.echo()) {
            ForwardId id = open("localhost", peer.port());
            Thread writer = Thread.startVirtualThread(() -> {
                try {
                    writeAll(id, bytes);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(TcpPeer.sha256(readToEnd(id))).isEqualTo(TcpPeer.sha256(bytes));
            writer.join();
            connections.forget(VM, id);
        }
        await().untilAsserted(() -> assertThat(folder.resolve("spool"))
                .satisfiesAnyOf(
                        spool -> assertThat(spool).doesNotExist(),
                        spool -> assertThat(spool).isEmptyDirectory()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"stream", "perl", "python3"})
    void oneSideMayEndBeforeTheOther(String way) throws Exception {
        go(way);
        byte[] bytes = TcpPeer.bytes(100_000);
        try (TcpPeer peer = TcpPeer.digest()) {
            ForwardId id = open("127.0.0.1", peer.port());
            writeAll(id, bytes);
            assertThat(new String(readToEnd(id), StandardCharsets.US_ASCII)).isEqualTo(TcpPeer.sha256(bytes));
        }
        try (TcpPeer peer = TcpPeer.silent()) {
            ForwardId id = open("127.0.0.1", peer.port());
            Socket there = peer.accepted.take();
            TcpPeer.write(there, bytes);
            assertThat(readToEnd(id)).isEqualTo(bytes);
            writeAll(id, bytes);
            assertThat(there.getInputStream().readAllBytes()).isEqualTo(bytes);
            connections.forget(VM, id);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stream", "perl", "python3"})
    void whatIsAskedForTwiceIsAnsweredTwiceAndSentOnce(String way) throws Exception {
        go(way);
        try (TcpPeer peer = TcpPeer.echo()) {
            ForwardId id = open("localhost", peer.port());
            byte[] hello = "hello".getBytes(StandardCharsets.US_ASCII);
            assertThat(connections.write(VM, id, 0, hello, TIMEOUT)).isEqualTo(5);
            assertThat(connections.write(VM, id, 0, hello, TIMEOUT)).isEqualTo(5);
            assertThat(connections.write(VM, id, 3, hello, TIMEOUT)).isEqualTo(8);
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            while (all.size() < 8) {
                TcpInput first = connections.read(VM, id, all.size(), 100, TIMEOUT);
                TcpInput again = connections.read(VM, id, all.size(), 100, TIMEOUT);
                assertThat(again.bytes()).isEqualTo(first.bytes());
                all.writeBytes(first.bytes());
            }
            assertThat(all.toString(StandardCharsets.US_ASCII)).isEqualTo("hellollo");
            connections.forget(VM, id);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stream", "perl", "python3"})
    void theGuestsReasonIsTold(String way) throws Exception {
        go(way);
        int port = TcpPeer.closedPort();
        assertThatThrownBy(() -> open("localhost", port))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.GUEST_REFUSED))
                .hasMessage("Cannot connect to localhost:" + port + " in VM 1 because the connection was refused");
        assertThatThrownBy(() -> open("no-such-name.invalid", 1))
                .hasMessage("Cannot connect to no-such-name.invalid:1 in VM 1 because the name has no address");
    }

    @ParameterizedTest
    @ValueSource(strings = {"stream", "perl", "python3"})
    void whatIsForgottenIsClosedInTheGuest(String way) throws Exception {
        go(way);
        try (TcpPeer peer = TcpPeer.silent()) {
            ForwardId id = open("localhost", peer.port());
            Socket there = peer.accepted.poll(20, TimeUnit.SECONDS);
            connections.forget(VM, id);
            assertThat(TcpPeer.sawEnd(there)).isTrue();
            assertThatThrownBy(() -> connections.read(VM, id, 0, 1, TIMEOUT)).hasMessage("Cannot find this connection");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stream", "perl", "python3"})
    void whoeverReadsNothingHoldsUpTheOther(String way) throws Exception {
        go(way);
        try (TcpPeer peer = TcpPeer.silent()) {
            ForwardId id = open("localhost", peer.port());
            byte[] piece = new byte[TcpConnections.MAX_BYTES];
            long sent = 0;
            long before = -1;
            while (sent != before) {
                before = sent;
                sent = connections.write(VM, id, sent, piece, Duration.ofMillis(500));
                assertThat(sent).isLessThan(64 << 20);
            }
            connections.forget(VM, id);
        }
    }
}
