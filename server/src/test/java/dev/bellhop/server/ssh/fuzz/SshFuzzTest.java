// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.ssh.SshSettings;
import dev.bellhop.testkit.Profile;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.Seed;
import dev.bellhop.testkit.TcpPeer;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Fuzzes each layer of the SSH door. Afterwards, the door still serves other clients and has released everything. */
@Timeout(3_600)
@Tag("real")
@Tag("ssh")
@Tag("storm")
class SshFuzzTest {
    private static final int FEW_ROUNDS = 3;
    private static final Duration RUNNING = Duration.ofMinutes(Profile.size(0, 2));
    private static final int STRANGERS = 20;
    private static final int LOGINS = 3;
    private static final int CALLERS = 4;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** Threads and files that come and go by themselves. */
    private static final int SLACK = 12;

    /** Of caches that fill. */
    private static final long HEAP_SLACK = 64 << 20;

    private static final String VM = "1";

    @TempDir
    private Path folder;

    /** The seed of the first round; each round adds one. */
    @RegisterExtension
    private final Seed first = Seed.draw();

    private Path writable;
    private RealAgent agent;
    private TcpPeer peer;
    private TestServer server;
    private DeafClient client;
    private TestClient.MadeKey key;

    @BeforeEach
    void start() throws Exception {
        folder = folder.toRealPath();
        writable = Files.createDirectory(folder.resolve("writable"));
        agent = RealAgent.start(Files.createDirectory(folder.resolve("agent")));
        peer = TcpPeer.start(SshFuzzTest::echo);
        SshSettings.Limits limits =
                new SshSettings.Limits(100, 100, 8, 20, Duration.ofSeconds(5), Duration.ofMinutes(5));
        // Nobody is to be kept out for trying too often.
        CallerLimits patient = new CallerLimits(1_000_000, 1_000_000, 1_000_000, 1_000, 2_000);
        server = TestServer.in(folder)
                .vm(1, agent.socket())
                .limits(patient)
                .ssh(limits)
                .start();
        client = new DeafClient(server.ssh());
        key = bound();
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
        peer.close();
        agent.close();
    }

    /** And holds on to nothing. */
    private static void echo(Socket socket) throws IOException {
        try (socket) {
            socket.getInputStream().transferTo(socket.getOutputStream());
        }
    }

    /** Whatever is sent, nothing is touched but a folder of the test's and a port of the test's: the guest is this machine. */
    private TestClient.MadeKey bound() {
        TestClient.MadeKey made =
                server.makeKey(List.of("write:vm", "files:vm", "terminal:vm", "forward:vm"), List.of(1L));
        String policy = """
                {"rules": [{"name": "few", "effect": "allow", "command": "cat|echo in"}],
                 "files": [{"prefix": "%s", "access": "write"}], "forward": ["localhost:%d"]}
                """.formatted(writable, peer.port());
        assertThat(server.admin()
                        .send(
                                "PUT",
                                "/api/v2/keys/" + made.id() + "/policy",
                                request -> request.header("Content-Type", "application/json")
                                        .method("PUT", BodyPublishers.ofString(policy)))
                        .status())
                .isBetween(200, 204);
        return made;
    }

    private static void keygen(String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("ssh-keygen", "-q"));
        command.addAll(List.of(options));
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    private String line(String name) throws IOException {
        return Files.readString(folder.resolve(name)).strip();
    }

    /** Of each kind that is known, one of them somebody's and another a CA, which has signed the last. */
    private List<byte[]> publicKeys() throws Exception {
        List<String> kinds = List.of("ed25519", "ecdsa", "rsa");
        for (String kind : kinds) {
            keygen("-N", "", "-t", kind, "-f", folder.resolve(kind).toString());
        }
        register("\"" + line("ed25519.pub") + "\"");
        register("\"" + line("ecdsa.pub") + "\", \"principals\": [\"dev\"]");
        String signed = folder.resolve("rsa.pub").toString();
        keygen("-s", folder.resolve("ecdsa").toString(), "-I", "ada", "-n", "dev", signed);
        List<byte[]> all = new ArrayList<>();
        for (String file : List.of("ed25519.pub", "ecdsa.pub", "rsa.pub", "rsa-cert.pub")) {
            all.add(Base64.getDecoder().decode(line(file).split(" ", -1)[1]));
        }
        return all;
    }

    private void register(String publicKey) {
        assertThat(server.admin()
                        .post("/api/v2/keys/" + key.id() + "/ssh-keys", "{\"key\": " + publicKey + "}")
                        .status())
                .isEqualTo(201);
    }

    @Test
    void nonsenseHarmsNobody() throws Exception {
        Path scratch = Files.createDirectory(folder.resolve("scratch"));
        List<byte[]> keys = publicKeys();
        long begin = System.nanoTime();
        try (Complaints complaints = new Complaints()) {
            long seed = first.value();
            round(seed++, keys, complaints);
            // What was loaded and connected in the first stays.
            Leftovers before = Leftovers.now(scratch, agent.pid()).withHeap();
            while (seed - first.value() < FEW_ROUNDS || System.nanoTime() - begin < RUNNING.toNanos()) {
                round(seed++, keys, complaints);
            }
            await().atMost(PATIENCE).untilAsserted(() -> {
                Leftovers now = Leftovers.now(scratch, agent.pid());
                assertThat(now.serving()).isEmpty();
                assertThat(now.threads()).isLessThanOrEqualTo(before.threads() + SLACK);
                assertThat(now.files()).isLessThanOrEqualTo(before.files() + SLACK);
                assertThat(now.agentFiles()).isLessThanOrEqualTo(before.agentFiles() + SLACK);
            });
            Leftovers after = Leftovers.now(scratch, agent.pid()).withHeap();
            assertThat(after.heap()).isLessThan(before.heap() + HEAP_SLACK);
            assertThat(complaints.all()).isEmpty();
            System.out.printf("Seeds %s to %d: %s, then %s%n", first, seed - 1, before, after);
        }
    }

    private void round(long seed, List<byte[]> keys, Complaints complaints) throws Exception {
        Mutator mutator = new Mutator(seed);
        Strangers strangers = new Strangers(mutator);
        for (int i = 0; i < STRANGERS; i++) {
            strangers.come(server.ssh());
        }
        for (int i = 0; i < LOGINS; i++) {
            new LoginAttempts(mutator, keys).tryToLogIn(client);
        }
        for (int i = 0; i < CALLERS; i++) {
            new Channels(mutator, writable, peer.port()).use(client, VM, key.secret());
        }
        assertThat(strangers.leftOpen())
                .as("connections left open of seed %d", seed)
                .isZero();
        assertThat(client.run(VM, key.secret(), "echo in"))
                .as("after seed %d", seed)
                .isEqualTo("in\n");
        assertThat(complaints.all()).as("by seed %d", seed).isEmpty();
    }
}
