// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.TcpPeer;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelDirectTcpip;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.future.AuthFuture;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the door lets strangers and callers do, and no more. */
@Timeout(120)
@Tag("real")
@Tag("ssh")
class SshLimitsTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final String WRONG = "bellhop_000000000000_" + "0".repeat(64);

    @TempDir
    private Path folder;

    private TestServer.Builder server() {
        return TestServer.in(folder).realAgent(1);
    }

    private static String runner(TestServer server) {
        return server.makeKey(List.of("write:vm"), List.of(1L)).secret();
    }

    /** The lists of the server's first message (RFC 4253, section 7.1), which nothing encrypts. */
    private static List<String> offered(TestServer server) throws IOException {
        try (Socket socket = connect(server)) {
            socket.getOutputStream().write("SSH-2.0-test\r\n".getBytes(StandardCharsets.US_ASCII));
            DataInputStream in = new DataInputStream(socket.getInputStream());
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                line.append((char) c);
            }
            assertThat(line.toString()).isEqualTo("SSH-2.0-Bellhop\r");
            // The packet's length, its padding's, its type, and a cookie.
            in.skipNBytes(4 + 1 + 1 + 16);
            List<String> lists = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                byte[] list = new byte[in.readInt()];
                in.readFully(list);
                lists.add(new String(list, StandardCharsets.US_ASCII));
            }
            return lists;
        }
    }

    @Test
    void nothingIsOfferedThatIsWeak() throws IOException {
        try (TestServer server = server().ssh().start()) {
            String ciphers = "aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr";
            String macs = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256";
            List<String> offered = offered(server);
            assertThat(offered.getFirst().split(",", -1))
                    .contains(
                            "mlkem768x25519-sha256",
                            "curve25519-sha256",
                            "curve25519-sha256@libssh.org",
                            "ecdh-sha2-nistp256",
                            "kex-strict-s-v00@openssh.com")
                    .hasSizeLessThanOrEqualTo(6);
            assertThat(offered.get(1).split(",", -1)).containsExactlyInAnyOrder("ssh-ed25519", "ecdsa-sha2-nistp256");
            assertThat(offered.subList(2, 8)).containsExactly(ciphers, ciphers, macs, macs, "none", "none");
        }
    }

    /** Each of a stranger's costs the server 100 ms. */
    @Test
    void aLongKexInitIsRefused() throws IOException {
        try (TestServer server = server().ssh().start();
                Socket socket = connect(server)) {
            ByteBuffer message = ByteBuffer.allocate(10_000);
            message.put(SshConstants.SSH_MSG_KEXINIT).put(new byte[16]).putInt(9_000);
            Arrays.fill(message.array(), message.position(), message.position() + 9_000, (byte) 'a');
            byte padding = 4;
            ByteBuffer packet = ByteBuffer.allocate(4 + 1 + message.capacity() + padding);
            packet.putInt(packet.capacity() - 4).put(padding).put(message.array());
            OutputStream out = socket.getOutputStream();
            out.write("SSH-2.0-test\r\n".getBytes(StandardCharsets.US_ASCII));
            out.write(packet.array());
            out.flush();
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(answer).contains("Cannot read a KEXINIT of more than 8192 bytes");
        }
    }

    @Test
    void nothingListensInAGuestAndNoAgentIsForwarded() {
        try (TestServer server = server().ssh().start()) {
            OpenSsh ssh = new OpenSsh(folder, server.ssh());
            String key = runner(server);
            OpenSsh.Result back = ssh.run("1", key, "-oExitOnForwardFailure=yes", "-R0:127.0.0.1:1", "true");
            assertThat(back.code()).isEqualTo(255);
            assertThat(ssh.run("1", key, "-A", "echo \"${SSH_AUTH_SOCK-none}\"").out())
                    .isEqualTo("none\n");
        }
    }

    private static ClientSession loggedIn(SshClient client, TestServer server) throws IOException {
        return loggedIn(client, server, runner(server));
    }

    private static ClientSession loggedIn(SshClient client, TestServer server, String secret) throws IOException {
        client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        client.start();
        ClientSession session =
                client.connect("1", server.ssh()).verify(TIMEOUT).getSession();
        session.addPasswordIdentity(secret);
        session.auth().verify(TIMEOUT);
        return session;
    }

    /** A guest that stands still takes nothing of what its client has sent before it left. */
    @Test
    void aConnectionCountsUntilTheGuestHasWhatItsClientHasSent() throws Exception {
        SshSettings.Limits limits =
                new SshSettings.Limits(100, 10, 1, 6, Duration.ofSeconds(30), Duration.ofMinutes(5));
        try (RealAgent agent = RealAgent.start(Files.createDirectory(folder.resolve("agent")));
                TestServer server =
                        TestServer.in(folder).vm(1, agent.socket()).ssh(limits).start();
                TcpPeer peer = TcpPeer.start(Socket::shutdownOutput);
                SshClient client = SshClient.setUpDefaultClient();
                ClientSession session = loggedIn(
                        client,
                        server,
                        server.makeKey(List.of("forward:vm"), List.of(1L)).secret())) {
            ChannelDirectTcpip left = forward(session, peer);
            assertThat(left.waitFor(EnumSet.of(ClientChannelEvent.EOF), TIMEOUT))
                    .contains(ClientChannelEvent.EOF);
            agent.stop();
            try {
                left.getInvertedIn().write("late".getBytes(StandardCharsets.US_ASCII));
                left.getInvertedIn().close();
                left.close(false).await(TIMEOUT);
                assertThatThrownBy(() -> forward(session, peer)).hasStackTraceContaining("as may be");
            } finally {
                agent.cont();
            }
            assertThat(peer.accepted.take().getInputStream().readAllBytes())
                    .asString()
                    .isEqualTo("late");
            await().ignoreExceptions().until(() -> forward(session, peer).isOpen());
        }
    }

    private static ChannelDirectTcpip forward(ClientSession session, TcpPeer peer) throws IOException {
        ChannelDirectTcpip channel = session.createDirectTcpipChannel(
                SshdSocketAddress.LOCALHOST_ADDRESS, new SshdSocketAddress("localhost", peer.port()));
        channel.open().verify(TIMEOUT);
        return channel;
    }

    @Test
    void oneChannelTooManyIsRefusedAndTheOthersGoOn() throws Exception {
        SshSettings.Limits limits =
                new SshSettings.Limits(100, 10, 2, 6, Duration.ofSeconds(30), Duration.ofMinutes(5));
        try (TestServer server = server().ssh(limits).start();
                SshClient client = SshClient.setUpDefaultClient();
                ClientSession session = loggedIn(client, server);
                ChannelExec one = session.createExecChannel("read line; exit 3");
                ChannelExec other = session.createExecChannel("read line; exit 4")) {
            one.open().verify(TIMEOUT);
            other.open().verify(TIMEOUT);
            try (ChannelExec third = session.createExecChannel("true")) {
                assertThatThrownBy(() -> third.open().verify(TIMEOUT))
                        .extracting(thrown -> thrown.getCause() == null ? thrown : thrown.getCause())
                        .asInstanceOf(type(SshChannelOpenException.class))
                        .satisfies(refused -> {
                            assertThat(refused.getReasonCode()).isEqualTo(SshConstants.SSH_OPEN_CONNECT_FAILED);
                            assertThat(refused).hasMessageContaining("as may be");
                        });
            }
            for (ChannelExec each : List.of(one, other)) {
                each.getInvertedIn().write('\n');
                each.getInvertedIn().flush();
                each.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), TIMEOUT);
            }
            assertThat(one.getExitStatus()).isEqualTo(3);
            assertThat(other.getExitStatus()).isEqualTo(4);
        }
    }

    /** A service that is made anew forgets what is open in it, and how often somebody has tried to log in. */
    @ParameterizedTest
    @ValueSource(strings = {"ssh-connection", "ssh-userauth"})
    void whoAsksForAServiceAgainIsCutOffAndItsCommandsAreCancelled(String service) throws Exception {
        try (TestServer server = server().ssh().start();
                SshClient client = SshClient.setUpDefaultClient();
                ClientSession session = loggedIn(client, server);
                ChannelExec command = session.createExecChannel(
                        "trap 'echo cancelled >" + folder.resolve("end") + "; exit' TERM; sleep 60 & echo on; wait")) {
            command.open().verify(TIMEOUT);
            assertThat(command.getInvertedOut().read()).isEqualTo('o');

            Buffer again = session.createBuffer(SshConstants.SSH_MSG_SERVICE_REQUEST);
            again.putString(service);
            session.writePacket(again);

            await().atMost(TIMEOUT).until(() -> !session.isOpen());
            await().atMost(TIMEOUT).until(() -> Files.exists(folder.resolve("end")));
        }
    }

    /** Of strangers there are more than of those who may log in. */
    @Test
    void anAddressHasNoMoreConnectionsThanItMayThatHaveLoggedIn() throws IOException {
        SshSettings.Limits limits =
                new SshSettings.Limits(100, 2, 64, 6, Duration.ofSeconds(30), Duration.ofMinutes(5));
        try (TestServer server = server().ssh(limits).start();
                Socket stranger = connect(server);
                Socket another = connect(server);
                Socket third = connect(server);
                SshClient client = SshClient.setUpDefaultClient()) {
            for (Socket each : List.of(stranger, another, third)) {
                assertThat(each.getInputStream().read()).isEqualTo('S');
            }
            String key = runner(server);
            ClientSession one = loggedIn(client, server, key);
            ClientSession late =
                    client.connect("1", server.ssh()).verify(TIMEOUT).getSession();
            ClientSession other =
                    client.connect("1", server.ssh()).verify(TIMEOUT).getSession();
            other.addPasswordIdentity(key);
            other.auth().verify(TIMEOUT);
            try (Socket more = connect(server)) {
                assertThat(more.getInputStream().readAllBytes())
                        .as("it ends, though its client says nothing")
                        .asString()
                        .isEqualTo("SSH-2.0-Bellhop\r\n");
            }
            // It began to log in while there was room.
            late.addPasswordIdentity(key);
            late.auth().await(TIMEOUT);
            await().atMost(TIMEOUT).until(() -> !late.isOpen());
            assertThat(one.isOpen()).isTrue();
            assertThat(other.isOpen()).isTrue();
        }
    }

    @Test
    void whoLogsInWhereNoRoomIsLeftIsToldSo() throws IOException {
        SshSettings.Limits one = new SshSettings.Limits(1, 300, 64, 6, Duration.ofSeconds(30), Duration.ofMinutes(5));
        Path asked = folder.resolve("asked");
        Path go = folder.resolve("go");
        Path own = Files.createDirectory(folder.resolve("own"));
        Files.writeString(own.resolve("askpass"), """
                        #!/bin/sh
                        touch '%s'
                        while ! [ -e '%s' ]; do sleep 0.1; done
                        printf '%%s\n' "$BELLHOP_PASSWORD"
                        """.formatted(asked, go));
        Files.setPosixFilePermissions(own.resolve("askpass"), PosixFilePermissions.fromString("rwx------"));
        try (TestServer server = server().ssh(one).start();
                SshClient client = SshClient.setUpDefaultClient();
                OpenSsh.Running late = new OpenSsh(own, server.ssh()).start("1", runner(server), "echo in")) {
            await().atMost(TIMEOUT).until(() -> Files.exists(asked));
            ClientSession first = loggedIn(client, server);
            Files.createFile(go);
            OpenSsh.Result refused = late.await();
            assertThat(refused.err()).contains("as many are open at this server as may be");
            assertThat(refused.out()).isEmpty();
            assertThat(refused.code()).isEqualTo(255);
            assertThat(first.isOpen()).isTrue();
        }
    }

    @Test
    void ofThoseWhoLogInAtOnceAsManyGetInAsMay() throws IOException {
        SshSettings.Limits few = new SshSettings.Limits(3, 300, 64, 6, Duration.ofSeconds(30), Duration.ofMinutes(5));
        try (TestServer server = server().ssh(few).start();
                SshClient client = SshClient.setUpDefaultClient()) {
            client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
            client.start();
            String key = runner(server);
            List<ClientSession> sessions = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                ClientSession session =
                        client.connect("1", server.ssh()).verify(TIMEOUT).getSession();
                session.addPasswordIdentity(key);
                sessions.add(session);
            }
            List<AuthFuture> logins = new ArrayList<>();
            for (ClientSession session : sessions) {
                logins.add(session.auth());
            }
            for (AuthFuture login : logins) {
                login.await(TIMEOUT);
            }
            await().atMost(TIMEOUT)
                    .until(() -> sessions.stream().filter(ClientSession::isOpen).count() <= 3);
            List<ClientSession> in =
                    sessions.stream().filter(ClientSession::isOpen).toList();
            assertThat(in).hasSize(3);
            for (ClientSession each : in) {
                assertThat(each.executeRemoteCommand("echo in")).isEqualTo("in\n");
            }
        }
    }

    /** From addresses of this machine that nobody uses else. */
    @Test
    void aCrowdOfStrangersKeepsNobodyOut() throws IOException {
        SshSettings.Limits few = new SshSettings.Limits(1, 300, 64, 6, Duration.ofSeconds(30), Duration.ofMinutes(5));
        List<Socket> strangers = new ArrayList<>();
        try (TestServer server = server().ssh(few).start()) {
            OpenSsh ssh = new OpenSsh(folder, server.ssh());
            String key = runner(server);
            for (int i = 0; i < Newcomers.PLACES + 50; i++) {
                Socket socket = new Socket(
                        server.ssh().getAddress(),
                        server.ssh().getPort(),
                        InetAddress.getByName("127.0.1." + (1 + i / Newcomers.PER_ADDRESS)),
                        0);
                strangers.add(socket);
            }
            try (OpenSsh.Running one = ssh.start("1", key, "echo on; read line")) {
                await().until(() -> one.printed().equals("on\n"));
                assertThat(ssh.run("1", key, "echo in").code())
                        .as("as many are in as may be")
                        .isEqualTo(255);
            }
        } finally {
            for (Socket socket : strangers) {
                socket.close();
            }
        }
    }

    private static Socket connect(TestServer server) throws IOException {
        Socket socket = new Socket(server.ssh().getAddress(), server.ssh().getPort());
        socket.setSoTimeout((int) TIMEOUT.toMillis());
        return socket;
    }

    @Test
    void whoDoesNotLogInIsNotWaitedFor() throws IOException {
        SshSettings.Limits limits =
                new SshSettings.Limits(100, 10, 64, 6, Duration.ofSeconds(1), Duration.ofMinutes(5));
        try (TestServer server = server().ssh(limits).start();
                Socket socket = connect(server)) {
            // Reads on until the server ends it.
            socket.getInputStream().readAllBytes();
        }
    }

    @Test
    void aConnectionWithNothingOpenEnds() throws Exception {
        SshSettings.Limits limits =
                new SshSettings.Limits(100, 10, 64, 6, Duration.ofSeconds(30), Duration.ofSeconds(5));
        try (TestServer server = server().ssh(limits).start();
                SshClient client = SshClient.setUpDefaultClient()) {
            try (ClientSession session = loggedIn(client, server)) {
                // While a command runs, it is not idle, however long that takes.
                assertThat(session.executeRemoteCommand("sleep 7; echo end")).isEqualTo("end\n");
                await().atMost(TIMEOUT).until(() -> !session.isOpen());
            }
        }
    }

    @Test
    void whatSftpAsksForCountsAsRequestsOfItsKey() {
        CallerLimits few = new CallerLimits(2, 300, 600, 1_000, 2_000);
        try (TestServer server = server().limits(few).nanos(() -> 0).ssh().start()) {
            OpenSsh ssh = new OpenSsh(folder, server.ssh());
            String key = server.makeKey(List.of("files:vm"), List.of(1L)).secret();
            Path made = folder.resolve("made");
            assertThat(ssh.copy("scp", "1", key, folder.resolve("askpass").toString(), "there:" + made)
                            .code())
                    .isZero();
            assertThat(made).exists();
            int left = 0;
            while (server.client(key).get("/api/v2/vps").status() == 200) {
                left++;
            }
            assertThat(left).as("of the ten that there are at once").isLessThan(9);
        }
    }

    @Test
    void failedLoginsCountAndShutNobodyElseOut() {
        CallerLimits few = new CallerLimits(2_000, 3, 600, 1_000, 2_000);
        try (TestServer server = server().limits(few).nanos(() -> 0).ssh().start()) {
            OpenSsh ssh = new OpenSsh(folder, server.ssh());
            String key = runner(server);
            for (int i = 0; i < 4; i++) {
                assertThat(ssh.run("1", WRONG, "true").err()).contains("Permission denied");
            }
            // Over HTTP, too: it is one count.
            assertThat(server.client(WRONG).get("/api/v2/vps").status()).isEqualTo(429);
            assertThat(ssh.run("1", key, "echo in").out()).isEqualTo("in\n");
        }
    }
}
