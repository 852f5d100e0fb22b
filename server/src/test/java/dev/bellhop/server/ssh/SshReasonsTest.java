// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.forward.ForwardSettings;
import dev.bellhop.server.ssh.memory.DoorMemory;
import dev.bellhop.server.terminal.TerminalSettings;
import dev.bellhop.testkit.TcpPeer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.sshd.common.SshConstants;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The reasons that OpenSSH prints when a limit ends a connection, or refuses a channel or a request. Two limits have no reason, because
 * their client does not read: {@code UnreadAnswersTest} has a client that reads no answers, and {@link Sessions} closes a connection whose
 * client has been silent for minutes. Of refused connections only {@link RefusedSessions#PLACES} at once get a reason.
 */
@Timeout(100)
@Tag("real")
@Tag("ssh")
class SshReasonsTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final String VM = "1";
    private static final String WRONG = "bellhop_000000000000_" + "0".repeat(64);
    private static final String HOLD = "echo on; read line";

    @TempDir
    private Path folder;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private TestServer start(TestServer.Builder builder) {
        TestServer server = builder.start();
        open.add(server);
        return server;
    }

    private TestServer.Builder server() {
        return TestServer.in(folder).realAgent(1);
    }

    private static SshSettings.Limits limits(int sessions, int perAddress, int channels, int loginSeconds) {
        return new SshSettings.Limits(
                sessions, perAddress, channels, 6, Duration.ofSeconds(loginSeconds), Duration.ofMinutes(5));
    }

    private OpenSsh ssh(TestServer server) {
        return new OpenSsh(folder, server.ssh(), "PreferredAuthentications=password");
    }

    private static String key(TestServer server) {
        return server.makeKey(List.of("write:vm", "terminal:vm", "files:vm", "forward:vm"), List.of(1L))
                .secret();
    }

    /** A command that runs until the end of the test; options come first. */
    private OpenSsh.Running hold(TestServer server, String key, String... options) throws IOException {
        List<String> line = new ArrayList<>(List.of(options));
        line.add(HOLD);
        OpenSsh.Running running = ssh(server).start(VM, key, line.toArray(String[]::new));
        open.add(running);
        await().atMost(TIMEOUT).until(() -> running.printed().contains("on"));
        return running;
    }

    private static void assertReason(OpenSsh.Result result, String reason) {
        assertThat(result.err()).contains(reason);
        assertThat(result.code()).isEqualTo(255);
        assertThat(result.out()).doesNotContain("in\n");
    }

    private Socket connect(TestServer server) throws IOException {
        Socket socket = new Socket(server.ssh().getAddress(), server.ssh().getPort());
        open.add(socket);
        return socket;
    }

    @Test
    void tooManyConnectionsOfAnAddress() throws IOException {
        TestServer server = start(server().ssh(limits(100, 1, 64, 30)));
        String key = key(server);
        hold(server, key);
        assertReason(
                ssh(server).run(VM, key, "echo in"),
                "Cannot open one more connection because as many are open from this address as may be");
    }

    @Test
    void tooManyConnections() throws IOException {
        TestServer server = start(server().ssh(limits(1, 100, 64, 30)));
        String key = key(server);
        hold(server, key);
        for (int i = 0; i < 10; i++) {
            // The reason must arrive each time, though the client still sends.
            assertReason(
                    ssh(server).run(VM, key, "echo in"),
                    "Cannot open one more connection because as many are open at this server as may be");
        }
    }

    @Test
    void tooManyFailedLoginsOfAnAddress() throws IOException {
        TestServer server = start(server().limits(new CallerLimits(2_000, 3, 600, 1_000, 2_000))
                .nanos(() -> 0)
                .ssh());
        for (int i = 0; i < 4; i++) {
            assertReason(ssh(server).run(VM, WRONG, "true"), "Permission denied");
        }
        for (int i = 0; i < Newcomers.OF_SUSPECT; i++) {
            assertThat(connect(server).getInputStream().read()).isEqualTo('S');
        }
        assertReason(ssh(server).run(VM, WRONG, "true"), "Too many logins from this address have failed");
    }

    /** Tokens come back all the time. Strangers take most of them, so the client gets none sooner or later. */
    @Test
    void tooManyKeyExchangesOfAnAddress() throws Exception {
        TestServer server = start(server().ssh());
        AtomicBoolean isOver = new AtomicBoolean();
        CompletableFuture<Void> strangers = CompletableFuture.runAsync(() -> {
            while (!isOver.get()) {
                exchangeKeys(server);
            }
        });
        try {
            await().atMost(TIMEOUT)
                    .until(
                            () -> ssh(server).run(VM, WRONG, "true"),
                            result -> result.err()
                                    .contains("Too many connections from this address end without a login"));
        } finally {
            isOver.set(true);
            strangers.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private static void exchangeKeys(TestServer server) {
        try (Socket socket = new Socket(server.ssh().getAddress(), server.ssh().getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write("SSH-2.0-test\r\n".getBytes(StandardCharsets.US_ASCII));
            out.write(kexInit());
            out.flush();
            socket.getInputStream().readAllBytes();
        } catch (SocketException e) {
            // The server does not wait until the client has sent all.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A message that names no algorithms. */
    private static byte[] kexInit() {
        int lists = 10;
        int length = 1 + 16 + lists * Integer.BYTES + 1 + Integer.BYTES;
        // So that all is a multiple of eight bytes.
        byte padding = 13;
        ByteBuffer packet = ByteBuffer.allocate(Integer.BYTES + 1 + length + padding);
        packet.putInt(1 + length + padding).put(padding).put(SshConstants.SSH_MSG_KEXINIT);
        return packet.array();
    }

    @Test
    void aNewerConnectionTakesThePlace() throws Exception {
        TestServer server = start(server().ssh());
        OpenSsh.Running waiting = asking(server);
        for (int i = 0; i < Newcomers.PER_ADDRESS; i++) {
            assertThat(connect(server).getInputStream().read()).isEqualTo('S');
        }
        Files.createFile(folder.resolve("go"));
        assertReason(waiting.await(), "Cannot wait longer for this login because too many other connections wait");
    }

    @Test
    void theLoginTakesTooLong() throws Exception {
        TestServer server = start(server().ssh(limits(100, 100, 64, 1)));
        OpenSsh.Running waiting = asking(server);
        // Came later, and has no login either: the client's connection has ended when this one has.
        connect(server).getInputStream().readAllBytes();
        Files.createFile(folder.resolve("go"));
        assertReason(waiting.await(), "Cannot wait longer for a login than 1 seconds");
    }

    /** A client that waits for its user's password, until there is a file "go". */
    private OpenSsh.Running asking(TestServer server) throws IOException {
        Path own = Files.createDirectory(folder.resolve("own"));
        Path asked = folder.resolve("asked");
        Files.writeString(own.resolve("askpass"), """
                        #!/bin/sh
                        touch '%s'
                        while ! [ -e '%s' ]; do sleep 0.1; done
                        printf '%%s\\n' "$BELLHOP_PASSWORD"
                        """.formatted(asked, folder.resolve("go")));
        Files.setPosixFilePermissions(own.resolve("askpass"), PosixFilePermissions.fromString("rwx------"));
        OpenSsh.Running waiting =
                new OpenSsh(own, server.ssh(), "PreferredAuthentications=password").start(VM, key(server), "echo in");
        open.add(waiting);
        await().atMost(TIMEOUT).until(() -> Files.exists(asked));
        return waiting;
    }

    @Test
    void tooManyChannelsOfAConnection() throws Exception {
        TestServer server = start(server().ssh(limits(100, 100, 1, 30)));
        try (TcpPeer peer = TcpPeer.echo()) {
            int port = TcpPeer.closedPort();
            OpenSsh.Running running = hold(server, key(server), "-L127.0.0.1:" + port + ":localhost:" + peer.port());
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                assertThat(socket.getInputStream().read()).isNegative();
            }
            running.write("\n".getBytes(StandardCharsets.US_ASCII), true);
            OpenSsh.Result result = running.await();
            assertThat(result.code()).isZero();
            assertThat(result.err())
                    .contains("open failed: connect failed: Cannot open one more command, shell, transfer or forwarded"
                            + " connection here because as many are open in this connection as may be");
        }
    }

    @Test
    void tooMuchMemory() throws IOException {
        // Two channels of one key.
        TestServer server = start(server().ssh().sshMemory(new DoorMemory.Size(1 << 20, 1 << 20)));
        String key = key(server);
        hold(server, key);
        hold(server, key);
        OpenSsh ssh = ssh(server);
        String share = "because what this key, or its account, has open over SSH takes its share";
        assertReason(ssh.run(VM, key, "echo in"), "bellhop: Cannot serve this now " + share);
        assertReason(ssh.run(VM, key, "-tt", "echo in"), "bellhop: Cannot serve this now " + share);
        assertReason(
                ssh.run(VM, key, "-Wlocalhost:22"),
                "open failed: resource shortage: Cannot forward a connection now " + share);
        OpenSsh.Result copy = ssh.copy("sftp", VM, key, "there:/etc/hostname", "/dev/null");
        assertThat(copy.err()).contains("bellhop: Cannot serve this now " + share);
        assertThat(copy.code()).isNotZero();
    }

    @Test
    void tooManyTerminals() throws IOException {
        for (boolean ofVm : new boolean[] {true, false}) {
            TerminalSettings one = new TerminalSettings(
                    ofVm ? 1 : 10, ofVm ? 10 : 1, Duration.ofHours(1), Duration.ofHours(1), Duration.ofSeconds(5));
            Path own = Files.createDirectory(folder.resolve("of-vm-" + ofVm));
            TestServer server =
                    start(TestServer.in(own).realAgent(1).terminals(one).ssh());
            String key = key(server);
            hold(server, key, "-tt");
            assertThat(ssh(server).run(VM, key, "-tt", "echo in").err())
                    .contains("bellhop: Cannot open one more terminal now because");
        }
    }

    @Test
    void tooManyForwardedConnections() throws Exception {
        TestServer server = start(server().forwards(new ForwardSettings(1, 1, Duration.ofHours(1)))
                .ssh());
        String key = key(server);
        try (TcpPeer peer = TcpPeer.echo()) {
            OpenSsh.Running first = ssh(server).start(VM, key, "-Wlocalhost:" + peer.port());
            open.add(first);
            first.write("on".getBytes(StandardCharsets.US_ASCII), false);
            await().atMost(TIMEOUT).until(() -> first.printed().equals("on"));
            assertReason(
                    ssh(server).run(VM, key, "-Wlocalhost:" + peer.port()),
                    "open failed: resource shortage: Cannot forward one more connection now because");
        }
    }

    @Test
    void tooManyRequestsOfAKey() {
        TestServer server = start(server().limits(new CallerLimits(1, 300, 600, 1_000, 2_000))
                .nanos(() -> 0)
                .ssh());
        String key = key(server);
        int served = 0;
        OpenSsh.Result result = ssh(server).run(VM, key, "true");
        while (result.code() == 0 && served < 10) {
            served++;
            result = ssh(server).run(VM, key, "true");
        }
        assertReason(result, "bellhop: Cannot take one more request with this key now because");
        assertReason(
                ssh(server).run(VM, key, "-Wlocalhost:22"),
                "open failed: resource shortage: Cannot take one more request with this key now because");
    }

    @Test
    void aLoginForDryRuns() {
        TestServer server = start(server().ssh());
        OpenSsh.Result copy =
                ssh(server).copy("sftp", "dry-run:" + VM, key(server), "there:/etc/hostname", "/dev/null");
        assertThat(copy.err()).contains("bellhop: Cannot transfer files because this login is for dry runs only");
        assertThat(copy.code()).isNotZero();
    }
}
