// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.cluster.ClusterSettings;
import dev.bellhop.server.cluster.credentials.ClusterFolder;
import dev.bellhop.server.cluster.credentials.Nkey;
import dev.bellhop.server.cluster.credentials.NkeyText;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.store.postgres.TempPostgres;
import dev.bellhop.server.tls.TrustedAuthorities;
import dev.bellhop.testkit.NatsServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** An API server with a real PostgreSQL and a real NATS, and nodes that are played. */
@Timeout(120)
@Tag("real")
@Tag("cluster")
class V2NodesTest {
    private static final String PATH = "/api/v2/nodes";
    private static final String JOIN = PATH + "/actions/join";
    private static final int FAILURES = 5;

    @TempDir
    private static Path shared;

    private static NatsServer nats;
    private static SSLContext tls;

    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    @TempDir
    private Path folder;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private TestServer server;
    private TestClient admin;
    private TestClient nobody;

    @BeforeAll
    static void startNats() throws Exception {
        Path cluster = shared.resolve("cluster");
        ClusterFolder.create(
                new ClusterFolder.Request(cluster, List.of("localhost"), 4222, null, null),
                Instant.now().minusSeconds(60));
        nats = NatsServer.start(shared, cluster.resolve("nats/nats.conf"));
        tls = TrustedAuthorities.context(cluster.resolve("nodes/ca.pem"));
    }

    @AfterAll
    static void stopNats() {
        nats.close();
    }

    private static String natsUrl() {
        return "tls://localhost:" + nats.port();
    }

    @BeforeEach
    void start() {
        server = TestServer.in(folder)
                .postgres(temp.released())
                .encryptionKeys(temp.keys())
                .cluster(new ClusterSettings(
                        List.of(natsUrl()),
                        shared.resolve("cluster/api"),
                        null,
                        List.of("tls://nats.example:4222", natsUrl()),
                        null,
                        ClusterSettings.DEFAULT_MAX_VMS_PER_NODE))
                .limits(new CallerLimits(
                        CallerLimits.REQUESTS_PER_KEY,
                        FAILURES,
                        CallerLimits.OPEN_PER_ADDRESS,
                        CallerLimits.FOLLOWERS_PER_KEY,
                        CallerLimits.FOLLOWERS))
                .start();
        opened.add(server);
        admin = server.admin();
        nobody = server.client(null);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private String token(String name) {
        TestAnswer added = admin.post(PATH, "{\"name\": \"" + name + "\"}");
        assertThat(added.status()).isEqualTo(201);
        assertThat(added.header("Location"))
                .isEqualTo("/api/v2/nodes/" + added.json().path("name").asString());
        assertThat(added.header("Cache-Control")).isEqualTo("no-store");
        return added.json().path("token").asString();
    }

    private TestAnswer join(String token, Nkey key) {
        return nobody.post(JOIN, "{\"token\": \"" + token + "\", \"publicKey\": \"" + key.publicKey() + "\"}");
    }

    /** Enrols a node, which says hello. */
    private PlayedNode node(String name) throws Exception {
        Nkey key = Nkey.generate(NkeyText.Kind.USER);
        TestAnswer joined = join(token(name), key);
        assertThat(joined.status()).as(joined.text()).isEqualTo(200);
        PlayedNode node = new PlayedNode(name, key, joined.json().path("jwt").asString(), natsUrl(), tls);
        opened.add(node);
        node.hello();
        return node;
    }

    private JsonNode shown(String name) {
        TestAnswer shown = admin.get(PATH + "/" + name);
        assertThat(shown.status()).isEqualTo(200);
        return shown.json();
    }

    private TestAnswer act(String name, String action) {
        return admin.post(PATH + "/" + name + "/actions/" + action, "{}");
    }

    private TestAnswer run(long vm, String options) {
        return admin.post("/api/v2/vps/" + vm + "/executions", "{\"command\": \"x\"" + options + "}");
    }

    @Test
    void aNodeJoinsByItsTokenOnce() throws Exception {
        Nkey key = Nkey.generate(NkeyText.Kind.USER);
        String token = token("host-1");
        JsonNode added = shown("host-1");
        assertThat(added.path("state").asString()).isEqualTo("unreachable");
        assertThat(added.has("lastSeenSeconds")).isFalse();
        assertThat(added.has("vms")).isFalse();
        assertThat(added.has("tokenExpiresAt")).isTrue();
        assertThat(added.toString()).doesNotContain(token);

        TestAnswer joined = join(token, key);
        assertThat(joined.status()).as(joined.text()).isEqualTo(200);
        assertThat(joined.json().path("name").asString()).isEqualTo("host-1");
        assertThat(joined.json().path("nats").get(0).asString()).isEqualTo("tls://nats.example:4222");
        assertThat(joined.json().path("authorities").asString())
                .isEqualTo(Files.readString(shared.resolve("cluster/api/ca.pem")));
        assertThat(shown("host-1").has("tokenExpiresAt")).isFalse();
        assertThat(join(token, key).status()).as("its answer was lost").isEqualTo(200);
        assertThat(join(token, Nkey.generate(NkeyText.Kind.USER)).status()).isEqualTo(401);

        PlayedNode node =
                new PlayedNode("host-1", key, joined.json().path("jwt").asString(), natsUrl(), tls);
        opened.add(node);
        node.hello();
        assertThat(node.claims(7)).isTrue();
        node.beat(1, 2);
        await().untilAsserted(() -> {
            JsonNode there = shown("host-1");
            assertThat(there.path("state").asString()).isEqualTo("ready");
            assertThat(there.path("version").asString()).isEqualTo("1.2.3");
            assertThat(there.path("vms").asInt()).isEqualTo(1);
            assertThat(there.path("running").asInt()).isEqualTo(2);
        });
        assertThat(admin.get("/api/v2/vps/7").status()).isEqualTo(200);
        assertThat(admin.get("/api/v2/audit?action=node.join")
                        .json()
                        .path("items")
                        .get(0)
                        .path("subject")
                        .asString())
                .isEqualTo("host-1");
    }

    @Test
    void wrongTokensAreRefusedInTheSameWordsAndNotForLong() {
        Nkey key = Nkey.generate(NkeyText.Kind.USER);
        String token = token("host-1");
        String wrong = token.substring(0, token.length() - 4) + "0000";
        String replaced = token("host-2");
        String newest = token("host-2");
        List<TestAnswer> refused = List.of(
                join(wrong, key), join(replaced, key), join(token.replace("host-1", "host-9"), key), join("x", key));

        assertThat(refused).allMatch(answer -> answer.status() == 401);
        assertThat(refused.stream().map(answer -> answer.json().path("detail").asString()))
                .allMatch(detail -> detail.startsWith("Cannot let a node join by this token because it is unknown"))
                .noneMatch(detail -> detail.contains("host"));
        assertThat(join(newest, key).status()).as("right ones do not count").isEqualTo(200);
        assertThat(join("x", key).status()).isEqualTo(401);
        assertThat(join(token, key).code()).isEqualTo("too_many_failures");
        assertThat(admin.get(PATH).status()).as("who has a key goes on").isEqualTo(200);
    }

    @Test
    void aRevokedNodeIsOffUntilItJoinsAnew() throws Exception {
        PlayedNode node = node("host-1");
        assertThat(node.claims(7)).isTrue();
        PlayedNode other = node("host-2");
        String unused = token("host-1");

        TestAnswer revoked = act("host-1", "revoke");
        assertThat(revoked.json().path("state").asString()).isEqualTo("revoked");
        await().atMost(Duration.ofSeconds(5)).until(() -> !node.isConnected());
        assertThat(other.isConnected()).isTrue();
        assertThat(admin.get("/api/v2/vps/7/availability")
                        .json()
                        .path("availability")
                        .asString())
                .isEqualTo("node_unreachable");
        assertThat(run(7, "").code()).isEqualTo("agent_unavailable");
        assertThat(join(unused, Nkey.generate(NkeyText.Kind.USER)).status()).isEqualTo(401);

        PlayedNode again = node("host-1");
        assertThat(again.claims(7)).as("it has kept its VM").isTrue();
        assertThat(shown("host-1").path("state").asString()).isEqualTo("ready");
        assertThat(node.isConnected()).isFalse();
    }

    @Test
    void natsThatHasLostItsDiskIsToldAgain() throws Exception {
        PlayedNode node = node("host-1");
        act("host-1", "revoke");
        await().atMost(Duration.ofSeconds(5)).until(() -> !node.isConnected());
        nats.kill();
        try (var files = Files.walk(shared.resolve("cluster/nats/accounts"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
        nats.startAgain();

        PlayedNode other = node("host-2");
        assertThat(other.isConnected()).isTrue();
        await().during(Duration.ofSeconds(3)).atMost(Duration.ofSeconds(20)).until(() -> !node.isConnected());
    }

    @Test
    void aDrainedNodeGetsNothingNew() throws Exception {
        PlayedNode node = node("host-1");
        node.claims(7);
        JsonNode drained = act("host-1", "drain").json();
        assertThat(drained.path("state").asString()).isEqualTo("drained");
        assertThat(drained.path("drained").asBoolean()).isTrue();

        TestAnswer refused = run(7, "");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.code()).isEqualTo("agent_unavailable");
        assertThat(refused.json().path("detail").asString()).contains("its node host-1 is drained");
        TestAnswer waits = run(7, ", \"deliveryTimeoutSeconds\": 600");
        assertThat(waits.status()).isEqualTo(201);
        assertThat(waits.json().path("state").asString()).isEqualTo("pending");
        assertThat(node.orders()).doesNotContain("start");

        assertThat(act("host-1", "undrain").json().path("state").asString()).isEqualTo("ready");
        await().until(() -> node.orders().contains("wake"));
        run(7, "");
        assertThat(node.orders()).contains("start");
    }

    @Test
    void aNodeIsRemovedOnceItIsGone() throws Exception {
        PlayedNode node = node("host-1");
        node.claims(7);
        node.claims(8);
        TestAnswer refused = admin.send("DELETE", PATH + "/host-1", request -> {});
        assertThat(refused.code()).isEqualTo("node_in_use");

        await().atMost(Duration.ofSeconds(30)).until(() -> {
            TestAnswer removed = admin.send("DELETE", PATH + "/host-1", request -> {});
            return removed.status() == 200 && removed.json().path("freedVms").asInt() == 2;
        });
        assertThat(admin.get(PATH + "/host-1").status()).isEqualTo(404);
        assertThat(admin.get(PATH).json().path("items").isEmpty()).isTrue();
        await().atMost(Duration.ofSeconds(5)).until(() -> !node.isConnected());
        assertThat(node("host-2").claims(7)).isTrue();
    }

    @Test
    void aVmIsMovedToTheNodeThatHasIt() throws Exception {
        PlayedNode one = node("host-1");
        PlayedNode two = node("host-2");
        one.claims(7);
        assertThat(two.claims(7)).isFalse();

        assertThat(admin.post("/api/v2/vps/7/actions/move", "{\"node\": \"host-2\"}")
                        .status())
                .isEqualTo(204);
        await().until(() -> two.orders().contains("wake"));
        assertThat(two.claims(7)).isTrue();
        assertThat(one.claims(7)).isFalse();
        assertThat(admin.post("/api/v2/vps/7/actions/move", "{\"node\": \"host-3\"}")
                        .json()
                        .at("/errors/0/pointer")
                        .asString())
                .isEqualTo("/node");
        assertThat(admin.post("/api/v2/vps/8/actions/move", "{\"node\": \"host-2\"}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void aNodeRenewsItsTokenForItsKeyAlone() throws Exception {
        Nkey key = Nkey.generate(NkeyText.Kind.USER);
        String jwt = join(token("host-1"), key).json().path("jwt").asString();
        PlayedNode node = new PlayedNode("host-1", key, jwt, natsUrl(), tls);
        opened.add(node);
        String renewed = node.ask(NodeRequest.RENEW, new NodeRequest.Renew(key.publicKey()))
                .open(NodeRequest.Renewed.class)
                .jwt();
        opened.add(new PlayedNode("host-1", key, renewed, natsUrl(), tls));
        Answer other = node.ask(
                NodeRequest.RENEW,
                new NodeRequest.Renew(Nkey.generate(NkeyText.Kind.USER).publicKey()));

        assertThat(other.status()).isEqualTo(Answer.Status.REFUSED);
    }

    @Test
    void nodesAreForTheOperatorAlone() {
        token("host-1");
        TestClient tenant = server.tenant(server.makeAccount("shop", 7), "admin:account", "write:vm", "power:vm");

        assertThat(tenant.get(PATH).status()).isEqualTo(403);
        assertThat(tenant.get(PATH + "/host-1").status()).isEqualTo(403);
        assertThat(tenant.post(PATH, "{\"name\": \"host-2\"}").status()).isEqualTo(403);
        for (String action : List.of("drain", "undrain", "revoke")) {
            assertThat(tenant.post(PATH + "/host-1/actions/" + action, "{}").status())
                    .isEqualTo(403);
        }
        assertThat(tenant.send("DELETE", PATH + "/host-1", request -> {}).status())
                .isEqualTo(403);
        assertThat(tenant.post("/api/v2/vps/7/actions/move", "{\"node\": \"host-1\"}")
                        .status())
                .isEqualTo(403);
        assertThat(nobody.get(PATH).status()).isEqualTo(401);
        assertThat(shown("host-1").path("state").asString()).isEqualTo("unreachable");
        assertThat(admin.get(PATH + "/host-9").status()).isEqualTo(404);
        assertThat(act("HOST", "drain").status()).isEqualTo(404);
    }
}
