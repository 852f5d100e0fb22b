// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.PostgresServer;
import dev.bellhop.testkit.TcpPeer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What OpenSSH forwards into a guest with a real agent, which is this machine. */
@Timeout(180)
@Tag("real")
@Tag("ssh")
class SshForwardTest {
    private static final String VM = "1";

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static OpenSsh ssh;
    private static TestClient.MadeKey key;

    @BeforeAll
    static void start() {
        server = TestServer.in(folder).realAgent(1, 2).ssh().start();
        ssh = new OpenSsh(folder, server.ssh());
        key = forwarder();
    }

    private static TestClient.MadeKey forwarder() {
        return server.makeKey(List.of("forward:vm"), List.of(1L));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void stdinAndStdoutAreAConnection() {
        byte[] bytes = TcpPeer.bytes(10 << 20);
        try (TcpPeer peer = TcpPeer.echo()) {
            OpenSsh.Result result = ssh.run(VM, key.secret(), bytes, "-Wlocalhost:" + peer.port());
            assertThat(result.err()).isEmpty();
            assertThat(result.code()).isZero();
            assertThat(TcpPeer.sha256(result.stdout())).isEqualTo(TcpPeer.sha256(bytes));
        }
    }

    @Test
    void whoSendsNoMoreMayStillBeAnswered() {
        byte[] bytes = TcpPeer.bytes(300_000);
        try (TcpPeer peer = TcpPeer.digest()) {
            assertThat(ssh.run(VM, key.secret(), bytes, "-W127.0.0.1:" + peer.port())
                            .out())
                    .isEqualTo(TcpPeer.sha256(bytes));
        }
    }

    private static byte[] through(Socket socket, byte[] bytes) throws IOException {
        try (socket) {
            TcpPeer.write(socket, bytes);
            return socket.getInputStream().readAllBytes();
        }
    }

    private static Socket connect(int port) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), port);
    }

    @Test
    void aPortOfTheClientLeadsIntoTheGuest() throws Exception {
        byte[] bytes = TcpPeer.bytes(1 << 20);
        int port = TcpPeer.closedPort();
        try (TcpPeer peer = TcpPeer.echo();
                OpenSsh.Running running =
                        ssh.start(VM, key.secret(), "-N", "-L127.0.0.1:" + port + ":localhost:" + peer.port())) {
            await().ignoreExceptions().until(() -> through(connect(port), new byte[] {7}).length == 1);
            assertThat(through(connect(port), bytes)).isEqualTo(bytes);
            try (Socket one = connect(port)) {
                assertThat(through(connect(port), bytes)).isEqualTo(bytes);
                assertThat(through(one, bytes)).isEqualTo(bytes);
            }
            assertThat(running.isAlive()).isTrue();
        }
    }

    @Test
    void psqlTalksToADatabaseOfTheGuest() throws Exception {
        int port = TcpPeer.closedPort();
        try (PostgresServer database = PostgresServer.start();
                OpenSsh.Running _ =
                        ssh.start(VM, key.secret(), "-N", "-L127.0.0.1:" + port + ":localhost:" + port(database))) {
            await().ignoreExceptions().until(() -> {
                connect(port).close();
                return true;
            });
            assertThat(psql(port, "select 6 * 7")).isEqualTo("42\n");
            assertThat(psql(port, "select sum(length(repeat('x', 1000))) from generate_series(1, 5000)"))
                    .isEqualTo("5000000\n");
            assertThat(psql(port, "select repeat('x', 1000) from generate_series(1, 5000)"))
                    .hasSize(5_005_000);
        }
    }

    private static int port(PostgresServer database) {
        return URI.create(database.url(PostgresServer.DATABASE).replaceFirst("^jdbc:", ""))
                .getPort();
    }

    private static String psql(int port, String query) throws Exception {
        ProcessBuilder psql = new ProcessBuilder(
                        "psql",
                        "-XAtq",
                        "-h",
                        "127.0.0.1",
                        "-p",
                        Integer.toString(port),
                        "-U",
                        PostgresServer.USER,
                        "-d",
                        PostgresServer.DATABASE,
                        "-c",
                        query)
                .redirectErrorStream(true);
        psql.environment().put("PGPASSWORD", PostgresServer.PASSWORD);
        Process process = psql.start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return out;
    }

    @Test
    void aProxyOfTheClientLeadsWhereverTheGuestMayConnect() throws Exception {
        byte[] bytes = TcpPeer.bytes(100_000);
        int port = TcpPeer.closedPort();
        Proxy proxy = new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        try (TcpPeer peer = TcpPeer.echo();
                OpenSsh.Running _ = ssh.start(VM, key.secret(), "-N", "-D127.0.0.1:" + port)) {
            await().ignoreExceptions().until(() -> {
                Socket socket = new Socket(proxy);
                socket.connect(InetSocketAddress.createUnresolved("localhost", peer.port()));
                return Arrays.equals(through(socket, bytes), bytes);
            });
        }
    }

    /** More than may be open in a session, one after the other. */
    @Test
    void whatWasRefusedTakesNoPlace() throws Exception {
        int port = TcpPeer.closedPort();
        int closed = TcpPeer.closedPort();
        Proxy proxy = new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        try (TcpPeer peer = TcpPeer.echo();
                OpenSsh.Running _ = ssh.start(VM, key.secret(), "-N", "-D127.0.0.1:" + port)) {
            await().ignoreExceptions().until(() -> {
                connect(port).close();
                return true;
            });
            for (int i = 0; i < SshSettings.Limits.CHANNELS_PER_SESSION + 5; i++) {
                String host = i % 2 == 0 ? "192.0.2.1" : "localhost";
                try (Socket refused = new Socket(proxy)) {
                    assertThatThrownBy(() -> refused.connect(InetSocketAddress.createUnresolved(host, closed)))
                            .isInstanceOf(IOException.class);
                }
            }
            Socket good = new Socket(proxy);
            good.connect(InetSocketAddress.createUnresolved("localhost", peer.port()));
            assertThat(through(good, new byte[] {1, 2})).containsExactly(1, 2);
        }
    }

    @Test
    void theGuestsReasonIsTold() {
        int port = TcpPeer.closedPort();
        OpenSsh.Result result = ssh.run(VM, key.secret(), "-v", "-Wlocalhost:" + port);
        assertThat(result.code()).isEqualTo(255);
        assertThat(result.err())
                .contains("connect failed: Cannot connect to localhost:" + port
                        + " in VM 1 because the connection was refused");
    }

    @Test
    void whatAKeyMayNotReachIsRefused() {
        assertThat(ssh.run(VM, key.secret(), "-v", "-W192.0.2.1:80").err())
                .contains("administratively prohibited: Cannot connect to 192.0.2.1:80 because without a policy");
        String runner = server.makeKey(List.of("write:vm"), List.of(1L)).secret();
        assertThat(ssh.run(VM, runner, "-v", "-Wlocalhost:22").err())
                .contains("administratively prohibited: Cannot do this with a key that lacks the scope forward:vm");
        assertThat(ssh.run("dry-run:" + VM, key.secret(), "-v", "-Wlocalhost:22")
                        .err())
                .contains(
                        "administratively prohibited: Cannot forward a connection because this login is for dry runs");
        TestClient.MadeKey saved = forwarder();
        server.admin()
                .send(
                        "PUT",
                        "/api/v2/keys/" + saved.id() + "/policy",
                        request -> request.method("PUT", BodyPublishers.ofString("{\"onlySavedCommands\": true}")));
        assertThat(ssh.run(VM, saved.secret(), "-v", "-Wlocalhost:22").err())
                .contains("administratively prohibited: Cannot do this because 'forward' in the policy of this key");
    }

    @Test
    void nothingListensInTheGuest() {
        TestClient.MadeKey both = server.makeKey(List.of("forward:vm", "write:vm"), List.of(1L));
        OpenSsh.Result back = ssh.run(VM, both.secret(), "-oExitOnForwardFailure=yes", "-R0:127.0.0.1:1", "true");
        assertThat(back.code()).isEqualTo(255);
        assertThat(back.err()).contains("remote port forwarding failed");
    }

    @Test
    void theConnectionsOfAKeyEndWithIt() throws Exception {
        TestClient.MadeKey other = forwarder();
        try (TcpPeer peer = TcpPeer.silent();
                OpenSsh.Running running = ssh.start(VM, other.secret(), "-Wlocalhost:" + peer.port())) {
            Socket there = peer.accepted.take();
            server.admin().send("DELETE", "/api/v2/keys/" + other.id(), request -> {});
            assertThat(running.await().code()).isEqualTo(255);
            assertThat(TcpPeer.sawEnd(there)).isTrue();
        }
    }

    @Test
    void aConnectionThatPolicyAllowsNoMoreEndsAndTheSessionGoesOn() throws Exception {
        TestClient.MadeKey other = forwarder();
        int port = TcpPeer.closedPort();
        Proxy proxy = new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        try (TcpPeer allowed = TcpPeer.echo();
                TcpPeer refused = TcpPeer.silent()) {
            policy(other, "localhost:" + allowed.port(), "localhost:" + refused.port());
            try (OpenSsh.Running running = ssh.start(VM, other.secret(), "-N", "-D127.0.0.1:" + port);
                    Socket goesOn = connected(proxy, allowed);
                    Socket ends = connected(proxy, refused)) {
                Socket there = refused.accepted.take();
                policy(other, "localhost:" + allowed.port());
                assertThat(TcpPeer.sawEnd(there)).isTrue();
                assertThat(TcpPeer.sawEnd(ends)).isTrue();
                assertThat(through(goesOn, new byte[] {1, 2})).containsExactly(1, 2);
                assertThat(running.isAlive()).isTrue();
            }
        }
    }

    /** Once the client listens. */
    private static Socket connected(Proxy proxy, TcpPeer peer) {
        return await().ignoreExceptions()
                .until(
                        () -> {
                            Socket socket = new Socket(proxy);
                            socket.connect(InetSocketAddress.createUnresolved("localhost", peer.port()));
                            return socket;
                        },
                        Socket::isConnected);
    }

    private static void policy(TestClient.MadeKey key, String... targets) {
        String policy = "{\"forward\": [\"" + String.join("\", \"", targets) + "\"]}";
        assertThat(server.admin()
                        .send(
                                "PUT",
                                "/api/v2/keys/" + key.id() + "/policy",
                                request -> request.method("PUT", BodyPublishers.ofString(policy)))
                        .status())
                .isIn(200, 201);
    }

    @Test
    void itIsClosedInTheGuestWhereItsClientGoesAway() throws Exception {
        try (TcpPeer peer = TcpPeer.silent()) {
            Socket there;
            try (OpenSsh.Running _ = ssh.start(VM, key.secret(), "-Wlocalhost:" + peer.port())) {
                there = peer.accepted.take();
            }
            assertThat(TcpPeer.sawEnd(there)).isTrue();
        }
    }

    @Test
    void theTrailSaysWhereItLedAndHowMuchWentOverIt() {
        byte[] secret = "not in the trail".getBytes(StandardCharsets.US_ASCII);
        TestClient.MadeKey other = forwarder();
        try (TcpPeer peer = TcpPeer.echo()) {
            ssh.run(VM, other.secret(), secret, "-Wlocalhost:" + peer.port());
            await().untilAsserted(() -> {
                List<JsonNode> own = server.admin()
                        .get("/api/v2/audit?limit=100")
                        .json()
                        .path("items")
                        .valueStream()
                        .filter(record -> record.path("keyId").asString().equals(other.id()))
                        .toList();
                assertThat(own)
                        .extracting(record -> record.path("action").asString() + " "
                                + record.path("outcome").asString() + " "
                                + record.path("subject").asString())
                        .contains(
                                "forward.open begun forward localhost:" + peer.port(),
                                "forward.open done forward localhost:" + peer.port(),
                                "forward.end done forward localhost:" + peer.port() + " sent 16 received 16 bytes");
                assertThat(own.toString()).doesNotContain("not in the trail");
            });
        }
    }
}
