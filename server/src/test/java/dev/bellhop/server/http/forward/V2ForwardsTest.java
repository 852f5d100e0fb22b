// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.ForwardConnection;
import dev.bellhop.api.client.ReceivedBytes;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.v2.forward.CreateForward;
import dev.bellhop.api.v2.forward.ForwardSummary;
import dev.bellhop.api.v2.forward.ForwardTicket;
import dev.bellhop.api.v2.forward.ForwardView;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.forward.ForwardSettings;
import dev.bellhop.testkit.Profile;
import dev.bellhop.testkit.TcpPeer;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Forwarded connections over HTTP and their WebSocket, in a guest with a real agent, which is this machine. */
@Timeout(180)
@Tag("real")
class V2ForwardsTest {
    private static final String PATH = "/api/v2/vps/1/forwards";
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.in(folder).realAgent(1, 2).start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private BellhopClient client(String key) {
        return new BellhopClient(server.uri(), key, TIMEOUT, TIMEOUT);
    }

    private static String body(String host, int port) {
        return Json.mapper().writeValueAsString(Map.of("host", host, "port", port));
    }

    private List<JsonNode> ends() {
        return server.admin()
                .get("/api/v2/audit?action=forward.end")
                .json()
                .path("items")
                .valueStream()
                .toList();
    }

    @Test
    @Tag("sized")
    void megabytesGoEachWay() throws Exception {
        byte[] bytes = TcpPeer.bytes(Profile.size(2, 10) << 20);
        String key = server.makeKey(List.of("forward:vm"), List.of(1L)).secret();
        try (TcpPeer peer = TcpPeer.echo();
                BellhopClient client = client(key)) {
            ReceivedBytes received = new ReceivedBytes();
            ForwardView forward = client.forwards().open(1, new CreateForward("localhost", peer.port()));
            try (ForwardConnection connection = client.forwards().take(forward.ticket(), received)) {
                connection.send(bytes, 0, bytes.length);
                connection.endOutput();
                assertThat(TcpPeer.sha256(received.toEnd())).isEqualTo(TcpPeer.sha256(bytes));
                assertThat(connection.awaitEnd()).isEqualTo("closed");
            }
            await().untilAsserted(() -> assertThat(ends()).singleElement().satisfies(end -> {
                assertThat(end.path("state").asString()).isEqualTo("closed");
                assertThat(end.path("vmid").asLong()).isEqualTo(1);
                assertThat(end.path("subject").asString())
                        .isEqualTo("forward localhost:" + peer.port() + " sent " + bytes.length + " received "
                                + bytes.length + " bytes");
            }));
        }
    }

    @Test
    void openOnesAreListedToThoseWhoSeeThem() throws Exception {
        String account = server.makeAccount("one", 1);
        TestClient tenant = server.tenant(account, "forward:vm");
        try (TcpPeer peer = TcpPeer.echo();
                BellhopClient client = client(server.adminKey())) {
            ForwardView first = client.forwards().open(1, new CreateForward("localhost", peer.port()));
            TestAnswer opened = tenant.post(PATH, body("127.0.0.1", peer.port()));
            JsonNode second = opened.json();
            assertThat(tenant.get(String.valueOf(opened.header("Location")))
                            .json()
                            .path("id"))
                    .isEqualTo(second.path("id"));

            assertThat(client.forwards().list(1).items())
                    .extracting(ForwardSummary::id)
                    .containsExactly(second.path("id").asString(), first.id());
            assertThat(client.forwards().list(2).items()).isEmpty();
            JsonNode seen = tenant.get(PATH).json().path("items");
            assertThat(seen).hasSize(1);
            assertThat(seen.at("/0/id")).isEqualTo(second.path("id"));
            assertThat(seen.at("/0").has("ticket")).isFalse();
            assertThat(tenant.get(PATH + "/" + first.id()).status()).isEqualTo(404);
            assertThat(tenant.get(PATH + "/x").status()).isEqualTo(404);

            ReceivedBytes received = new ReceivedBytes();
            assertThat(client.forwards().get(1, first.id()).taken()).isFalse();
            try (ForwardConnection connection = client.forwards().take(first.ticket(), received)) {
                connection.send("hello".getBytes(StandardCharsets.US_ASCII), 0, 5);
                await().untilAsserted(() -> assertThat(client.forwards().get(1, first.id()))
                        .isEqualTo(new ForwardSummary(
                                first.id(), 1, "localhost", peer.port(), first.openedAt(), first.keyId(), true, 5, 5)));
            }
            await().untilAsserted(() -> assertThat(client.forwards().list(1).items())
                    .extracting(ForwardSummary::id)
                    .doesNotContain(first.id()));
        }
    }

    @Test
    void whoSendsNoMoreMayStillBeAnswered() throws Exception {
        byte[] bytes = TcpPeer.bytes(50_000);
        try (TcpPeer peer = TcpPeer.digest();
                BellhopClient client = client(server.adminKey())) {
            ReceivedBytes received = new ReceivedBytes();
            try (ForwardConnection connection = client.forwards()
                    .take(
                            client.forwards()
                                    .open(1, new CreateForward("127.0.0.1", peer.port()))
                                    .ticket(),
                            received)) {
                connection.send(bytes, 0, bytes.length);
                connection.endOutput();
                assertThat(new String(received.toEnd(), StandardCharsets.US_ASCII))
                        .isEqualTo(TcpPeer.sha256(bytes));
            }
        }
    }

    @Test
    void whoIsNotAnsweredMayStillSend() throws Exception {
        try (TcpPeer peer = TcpPeer.start(socket -> socket.shutdownOutput());
                BellhopClient client = client(server.adminKey())) {
            ReceivedBytes received = new ReceivedBytes();
            try (ForwardConnection connection = client.forwards()
                    .take(
                            client.forwards()
                                    .open(1, new CreateForward("localhost", peer.port()))
                                    .ticket(),
                            received)) {
                assertThat(received.toEnd()).isEmpty();
                connection.send("late".getBytes(StandardCharsets.US_ASCII), 0, 4);
                connection.endOutput();
                assertThat(new String(peer.accepted.take().getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                        .isEqualTo("late");
                assertThat(connection.awaitEnd()).isEqualTo("closed");
            }
        }
    }

    @Test
    void theGuestsReasonIsTold() {
        int port = TcpPeer.closedPort();
        JsonNode answer = server.admin().post(PATH, body("localhost", port)).json();
        assertThat(answer.path("code").asString()).isEqualTo("guest_refused");
        assertThat(answer.path("detail").asString())
                .isEqualTo("Cannot connect to localhost:" + port + " in VM 1 because the connection was refused");
    }

    @Test
    void aKeyReachesTheGuestsOwnLoopbackAlone() {
        TestClient key =
                server.client(server.makeKey(List.of("forward:vm"), List.of(1L)).secret());
        JsonNode answer = key.post(PATH, body("192.0.2.1", 80)).json();
        assertThat(answer.path("code").asString()).isEqualTo("forbidden");
        assertThat(answer.path("detail").asString()).contains("nothing but the guest's own localhost");
        for (String host : List.of("127.1", "0x7f000001", "2130706433", "a b", "", "::1%lo")) {
            assertThat(key.post(PATH, body(host, 80)).json().path("code").asString())
                    .as(host)
                    .isEqualTo("invalid_field");
        }
    }

    @Test
    void aPolicySaysWhatMayBeReached() {
        int port = TcpPeer.closedPort();
        TestClient.MadeKey made = server.makeKey(List.of("forward:vm"), List.of(1L));
        TestClient key = server.client(made.secret());
        policy(made, "{\"forward\": [\"localhost:" + port + "\", \"192.0.2.0/24:80\"]}");
        assertThat(code(key, "localhost", port)).isEqualTo("guest_refused");
        assertThat(code(key, "::1", port)).isEqualTo("guest_refused");
        JsonNode refused = key.post(PATH, body("localhost", port == 1 ? 2 : 1)).json();
        assertThat(refused.path("code").asString()).isEqualTo("policy_refused");
        assertThat(refused.path("rule").asString()).isEqualTo("forward");
        assertThat(code(key, "192.0.2.1", 81)).isEqualTo("policy_refused");
        assertThat(code(key, "example.invalid", 80)).isEqualTo("policy_refused");
        policy(made, "{\"onlySavedCommands\": true}");
        assertThat(code(key, "localhost", port)).isEqualTo("policy_refused");
        policy(made, "{\"forward\": [\"*.invalid:*\"]}");
        assertThat(code(key, "example.invalid", 80)).isEqualTo("guest_refused");
        JsonNode wrong = server.admin()
                .send(
                        "PUT",
                        "/api/v2/keys/" + made.id() + "/policy",
                        request -> request.method("PUT", publisher("{\"forward\": [\"localhost\"]}")))
                .json();
        assertThat(wrong.path("errors").path(0).path("pointer").asString()).isEqualTo("/forward/0");
    }

    @Test
    void theTrailHasWhereItWasToLeadThoughPolicyRefusesIt() {
        TestClient.MadeKey made = server.makeKey(List.of("forward:vm"), List.of(1L));
        TestClient key = server.client(made.secret());
        policy(made, "{\"forward\": [\"localhost:1\"]}");
        assertThat(code(key, "db.example", 5432)).isEqualTo("policy_refused");
        String label = "a".repeat(50);
        String longest = (label + ".").repeat(4) + "end-of-a-long-name.evil.example";
        assertThat(code(key, longest, 443)).isEqualTo("policy_refused");
        String shown = "a".repeat(30) + "..." + longest.substring(longest.length() - 67) + ":443";
        await().untilAsserted(() -> assertThat(subjects(made))
                .contains("key:forward db.example:5432", "key:forward " + shown)
                .allMatch(subject -> subject.length() <= 150));

        policy(made, "{\"forward\": [\"*.invalid:*\"]}");
        String unreachable = (label + ".").repeat(2) + "end.invalid";
        assertThat(code(key, unreachable, 80)).isEqualTo("guest_refused");
        await().untilAsserted(() -> assertThat(subjects(made))
                .contains("forward " + "a".repeat(30) + "..." + unreachable.substring(unreachable.length() - 67)
                        + ":80"));
    }

    private List<String> subjects(TestClient.MadeKey by) {
        return server.admin()
                .get("/api/v2/audit?limit=100")
                .json()
                .path("items")
                .valueStream()
                .filter(record -> record.path("keyId").asString().equals(by.id()))
                .map(record -> record.path("subject").asString())
                .toList();
    }

    private static BodyPublisher publisher(String body) {
        return BodyPublishers.ofString(body);
    }

    private void policy(TestClient.MadeKey key, String policy) {
        assertThat(server.admin()
                        .send(
                                "PUT",
                                "/api/v2/keys/" + key.id() + "/policy",
                                request -> request.method("PUT", publisher(policy)))
                        .status())
                .isIn(200, 201);
    }

    private static String code(TestClient key, String host, int port) {
        return key.post(PATH, body(host, port)).json().path("code").asString();
    }

    @Test
    void strangersAndKeysWithoutTheScopeGetNone() {
        String body = body("localhost", 1);
        TestClient stranger = server.tenant(server.makeAccount("stranger"), "forward:vm");
        assertThat(stranger.post(PATH, body).status()).isEqualTo(404);
        TestClient elsewhere =
                server.client(server.makeKey(List.of("forward:vm"), List.of(2L)).secret());
        assertThat(elsewhere.post(PATH, body).status()).isEqualTo(404);
        TestClient runner = server.client(server.makeKey(List.of("write:vm", "terminal:vm", "files:vm"), List.of(1L))
                .secret());
        assertThat(runner.post(PATH, body).status()).isEqualTo(403);
        assertThat(server.client(null).post(PATH, body).status()).isEqualTo(401);
    }

    @Test
    void aTicketIsGoodOnceAndForItsConnection() throws Exception {
        try (TcpPeer peer = TcpPeer.echo();
                BellhopClient client = client(server.adminKey())) {
            ForwardView forward = client.forwards().open(1, new CreateForward("localhost", peer.port()));
            ForwardView other = client.forwards().open(1, new CreateForward("localhost", peer.port()));
            assertThatThrownBy(() -> client.forwards()
                            .take(
                                    new ForwardTicket(
                                            forward.ticket().ticket(),
                                            forward.ticket().expiresAt(),
                                            other.ticket().socket()),
                                    new ReceivedBytes()))
                    .isInstanceOf(BellhopTransportException.class)
                    .hasMessageContaining("the ticket is used");
            try (ForwardConnection _ = client.forwards().take(forward.ticket(), new ReceivedBytes())) {
                assertThatThrownBy(() -> client.forwards().take(forward.ticket(), new ReceivedBytes()))
                        .isInstanceOf(BellhopTransportException.class)
                        .hasMessageContaining("the ticket is used");
            }
        }
    }

    @Test
    void theConnectionsOfAKeyEndWithIt() throws Exception {
        TestClient.MadeKey key = server.makeKey(List.of("forward:vm"), List.of(1L));
        try (TcpPeer peer = TcpPeer.silent();
                BellhopClient client = client(key.secret());
                ForwardConnection connection = client.forwards()
                        .take(
                                client.forwards()
                                        .open(1, new CreateForward("localhost", peer.port()))
                                        .ticket(),
                                new ReceivedBytes())) {
            Socket there = peer.accepted.take();
            server.admin().send("DELETE", "/api/v2/keys/" + key.id(), request -> {});
            assertThat(connection.awaitEnd()).isEqualTo("not_allowed");
            assertThat(TcpPeer.sawEnd(there)).isTrue();
        }
    }

    @Test
    void oneThatPolicyAllowsNoMoreEnds() throws Exception {
        TestClient.MadeKey key = server.makeKey(List.of("forward:vm"), List.of(1L));
        try (TcpPeer peer = TcpPeer.silent();
                TcpPeer other = TcpPeer.echo();
                BellhopClient client = client(key.secret());
                ForwardConnection connection = client.forwards()
                        .take(
                                client.forwards()
                                        .open(1, new CreateForward("localhost", peer.port()))
                                        .ticket(),
                                new ReceivedBytes())) {
            ReceivedBytes received = new ReceivedBytes();
            try (ForwardConnection goesOn = client.forwards()
                    .take(
                            client.forwards()
                                    .open(1, new CreateForward("localhost", other.port()))
                                    .ticket(),
                            received)) {
                Socket there = peer.accepted.take();
                policy(key, "{\"forward\": [\"localhost:" + other.port() + "\"]}");
                assertThat(connection.awaitEnd()).isEqualTo("not_allowed");
                assertThat(TcpPeer.sawEnd(there)).isTrue();
                goesOn.send(new byte[] {1, 2}, 0, 2);
                goesOn.endOutput();
                assertThat(received.toEnd()).containsExactly(1, 2);
            }
        }
    }

    @Test
    void itIsClosedInTheGuestWhereItsClientGoesAway() throws Exception {
        try (TcpPeer peer = TcpPeer.silent();
                BellhopClient client = client(server.adminKey())) {
            ForwardConnection connection = client.forwards()
                    .take(
                            client.forwards()
                                    .open(1, new CreateForward("localhost", peer.port()))
                                    .ticket(),
                            new ReceivedBytes());
            Socket there = peer.accepted.take();
            connection.close();
            assertThat(TcpPeer.sawEnd(there)).isTrue();
        }
    }

    @Test
    void aVmHasABoundedNumberOfThem() throws Exception {
        server.close();
        server = TestServer.in(folder)
                .realAgent(1)
                .forwards(new ForwardSettings(2, 2, Duration.ofHours(1)))
                .start();
        try (TcpPeer peer = TcpPeer.silent();
                BellhopClient client = client(server.adminKey())) {
            CreateForward wanted = new CreateForward("localhost", peer.port());
            ForwardConnection first =
                    client.forwards().take(client.forwards().open(1, wanted).ticket(), new ReceivedBytes());
            client.forwards().open(1, wanted);
            assertThatThrownBy(() -> client.forwards().open(1, wanted))
                    .isInstanceOf(BellhopApiException.class)
                    .hasMessageContaining("this VM has 2 of them already");
            first.close();
            await().ignoreExceptions()
                    .until(() -> client.forwards().open(1, wanted).port() == peer.port());
        }
    }

    @Test
    void oneThatIsIdleEnds() throws Exception {
        server.close();
        server = TestServer.in(folder)
                .realAgent(1)
                .forwards(new ForwardSettings(2, 2, Duration.ofSeconds(4)))
                .start();
        try (TcpPeer peer = TcpPeer.silent();
                BellhopClient client = client(server.adminKey());
                ForwardConnection connection = client.forwards()
                        .take(
                                client.forwards()
                                        .open(1, new CreateForward("localhost", peer.port()))
                                        .ticket(),
                                new ReceivedBytes())) {
            assertThat(connection.awaitEnd()).isEqualTo("idle");
        }
    }
}
