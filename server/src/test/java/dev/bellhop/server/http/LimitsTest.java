// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static dev.bellhop.server.app.TestClient.execPath;
import static dev.bellhop.server.app.TestClient.statusPath;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.http.client.EventReader;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What callers are told who ask for too much, in both versions, and that nobody else notices. The time by which requests are
 * limited stands still unless a test lets it pass.
 */
@Timeout(120)
@Tag("real")
class LimitsTest {
    private static final CallerLimits TIGHT = new CallerLimits(10, 5, 60, 2, 4);
    private static final String CREATE = "/api/v2/vps/1/executions";
    private static final String WRONG = "bellhop_0123456789ab_" + "0".repeat(64);

    @TempDir
    private Path folder;

    private final AtomicLong nanos = new AtomicLong();
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.in(folder)
                .realAgent(1)
                .limits(TIGHT)
                .nanos(nanos::get)
                .start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static void assertV1(TestAnswer refused, int retryAfter) {
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.json().propertyNames())
                .containsExactlyInAnyOrder("error", "message", "retryAfter", "requestId");
        assertThat(refused.json().path("retryAfter").asInt()).isEqualTo(retryAfter);
        assertThat(refused.header("Retry-After")).isEqualTo(Integer.toString(retryAfter));
        assertThat(refused.message()).startsWith("Cannot ");
    }

    private static void assertV2(TestAnswer refused, String code, int limit, int retryAfter) {
        assertThat(refused.status()).as(refused.text()).isEqualTo(429);
        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused.header("Retry-After")).isEqualTo(Integer.toString(retryAfter));
        assertThat(refused.header("X-RateLimit-Limit")).isEqualTo(Integer.toString(limit));
        assertThat(refused.header("X-RateLimit-Remaining")).isEqualTo("0");
        assertThat(refused.header("X-RateLimit-Reset")).isEqualTo(Integer.toString(retryAfter));
        assertThat(refused.message()).startsWith("Cannot ");
    }

    private double refused(String code) {
        return metric("bellhop_requests_refused_total{code=\"" + code + "\"} ");
    }

    private double followers() {
        return metric("bellhop_followers ");
    }

    private double metric(String name) {
        TestAnswer answer = server.scraper().get("/metrics");
        assertThat(answer.status()).isEqualTo(200);
        return answer.text()
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
                .sum();
    }

    @Test
    void anAddressThatSendsWrongKeysIsToldToStop() {
        TestClient admin = server.admin();
        TestClient wrong = server.client(WRONG);
        TestClient none = server.client(null);
        assertThat(admin.get("/api/v2/vps").status()).isEqualTo(200);
        for (int i = 0; i < 4; i++) {
            assertThat(wrong.get(statusPath(1)).status()).isEqualTo(401);
        }
        assertThat(none.get(statusPath(1)).status()).isEqualTo(401);

        for (TestClient refused : List.of(wrong, none, server.client("no key at all"))) {
            assertV1(refused.get(statusPath(1)), 12);
            assertV1(refused.tryExec(1, "true"), 12);
            assertV2(refused.get("/api/v2/vps"), "too_many_failures", 5, 12);
            assertV2(refused.post(CREATE, "{\"command\": \"true\"}"), "too_many_failures", 5, 12);
        }
        assertThat(admin.get("/api/v2/vps").status()).isEqualTo(200);
        assertThat(refused("unauthorized")).isEqualTo(5);
        assertThat(refused("too_many_failures")).isEqualTo(12);

        nanos.addAndGet(Duration.ofSeconds(12).toNanos());
        assertThat(wrong.get(statusPath(1)).status()).isEqualTo(401);
        assertThat(wrong.get(statusPath(1)).status()).isEqualTo(429);
    }

    private static List<String> limits(TestAnswer answer) {
        return Stream.of("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
                .map(name -> String.valueOf(answer.header(name)))
                .toList();
    }

    @Test
    void eachAnswerSaysHowManyRequestsRemain() {
        TestClient admin = server.admin();
        assertThat(limits(admin.get("/api/v2/vps"))).containsExactly("10", "10", "0");
        for (int i = 0; i < 44; i++) {
            admin.get("/api/v2/vps");
        }
        assertThat(limits(admin.get("/api/v2/vps/9"))).containsExactly("10", "4", "1");
        assertThat(limits(admin.post("/api/v2/keys", "{}"))).containsExactly("10", "3", "1");
        assertThat(limits(admin.send("DELETE", "/api/v2/keys/ffffffffffff", request -> {})))
                .containsExactly("10", "2", "1");

        assertThat(limits(server.client(WRONG).get("/api/v2/vps"))).containsExactly("5", "4", "12");
        assertThat(limits(server.client(null).get("/api/v2/vps"))).containsExactly("5", "3", "24");
        assertThat(limits(server.client(null).get("/openapi.yaml"))).containsExactly("60", "59", "1");
        assertThat(limits(server.client(null).get("/nowhere"))).containsExactly("60", "58", "2");
        assertThat(limits(admin.get(statusPath(1)))).as("version 1").containsOnly("null");
        assertThat(limits(server.client(null).get("/healthz"))).containsOnly("null");
    }

    @Test
    void anotherAddressIsNotHeldUp() throws Exception {
        TestClient wrong = server.client(WRONG);
        for (int i = 0; i < 5; i++) {
            wrong.get("/api/v2/vps");
        }
        assertThat(wrong.get("/api/v2/vps").status()).isEqualTo(429);
        try (RawHttp other = new RawHttp(server.uri(), InetAddress.ofLiteral("127.0.0.2"))) {
            assertThat(other.request("GET", "/api/v2/vps", "X-API-Key: " + WRONG)
                            .answer()
                            .status())
                    .isEqualTo(401);
        }
    }

    /** It was made while its address was being refused, and nobody has seen it before. */
    @Test
    void aNewKeyBehindARefusedAddressIsLetIn() {
        TestClient admin = server.admin();
        String fresh = server.makeKey(List.of("read:vm"), null).secret();
        for (int i = 0; i < 6; i++) {
            server.client(WRONG).get("/api/v2/vps");
        }
        assertThat(server.client(fresh).get("/api/v2/vps").status()).isEqualTo(200);
        assertThat(admin.get("/api/v2/vps").status()).isEqualTo(200);
    }

    @Test
    void aKeyThatSendsTooMuchIsToldToWaitAndOthersAreNot() {
        TestClient busy =
                server.client(server.makeKey(List.of("write:vm"), null).secret());
        TestClient other =
                server.client(server.makeKey(List.of("read:vm"), null).secret());
        for (int i = 0; i < 50; i++) {
            assertThat(busy.get("/api/v2/vps").status()).isEqualTo(200);
        }
        assertV2(busy.get("/api/v2/vps"), "too_many_requests", 10, 1);
        assertV2(busy.post(CREATE, "{\"command\": \"true\"}"), "too_many_requests", 10, 1);
        assertV1(busy.get(execPath(1)), 1);
        assertV1(busy.tryExec(1, "true"), 1);
        assertThat(other.get("/api/v2/vps").status()).isEqualTo(200);
        assertThat(other.get("/api/v2/executions").json().path("items").size()).isZero();
        assertThat(refused("too_many_requests")).isEqualTo(4);

        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        for (int i = 0; i < 10; i++) {
            assertThat(busy.get("/api/v2/vps").status()).isEqualTo(200);
        }
        assertV2(busy.get("/api/v2/vps"), "too_many_requests", 10, 1);
    }

    /** A key may not find out with refused requests what it may not do. */
    @Test
    void requestsThatAreForbiddenCountToo() {
        TestClient reader =
                server.client(server.makeKey(List.of("read:vm"), null).secret());
        for (int i = 0; i < 50; i++) {
            assertThat(reader.get("/api/v2/keys").status()).isEqualTo(403);
        }
        assertV2(reader.get("/api/v2/keys"), "too_many_requests", 10, 1);
    }

    @Test
    void whatNeedsNoKeyIsLimitedTooExceptForHealth() {
        TestClient anyone = server.client(null);
        for (int i = 0; i < 54; i++) {
            assertThat(anyone.get("/problems/not_found").status()).isEqualTo(200);
        }
        assertThat(anyone.get("/openapi.yaml").status()).isEqualTo(200);
        assertThat(anyone.get("/problems/too_many_requests").status()).isEqualTo(200);
        assertThat(anyone.get("/problems/no_such_code").status()).isEqualTo(404);
        assertThat(anyone.get("/nothing").status()).isEqualTo(404);
        assertThat(anyone.get("/api/v2/nothing").status()).isEqualTo(404);
        assertThat(anyone.send("PUT", "/api/v2/vps", request -> {}).status()).isEqualTo(405);

        assertV1(anyone.get("/openapi.yaml"), 1);
        assertThat(server.scraper().get("/metrics").status())
                .as("what others do must not blind who watches")
                .isEqualTo(200);
        assertV1(anyone.get("/nothing"), 1);
        assertV2(anyone.get("/api/v2/nothing"), "too_many_requests", 60, 1);
        assertV2(anyone.send("PUT", "/api/v2/vps", request -> {}), "too_many_requests", 60, 1);
        for (int i = 0; i < 20; i++) {
            assertThat(anyone.get("/healthz").status()).isEqualTo(200);
        }
        assertThat(server.client(WRONG).get("/api/v2/vps").status())
                .as("that is another limit")
                .isEqualTo(401);
        assertThat(server.admin().get("/api/v2/vps").status()).isEqualTo(200);
    }

    private String start(TestClient client, Path until) {
        TestAnswer created =
                client.post(CREATE, "{\"command\": \"while [ ! -e " + until + " ]; do sleep 0.02; done\"}");
        assertThat(created.status()).as(created.text()).isEqualTo(201);
        return "/api/v2/executions/" + created.json().path("id").asString();
    }

    @Test
    void soManyFollowAndWaitAtOnce() throws Exception {
        Path end = folder.resolve("end");
        TestClient.MadeKey one = server.makeKey(List.of("write:vm"), null);
        TestClient.MadeKey other = server.makeKey(List.of("write:vm"), null);
        TestClient client = server.client(one.secret());
        String id = start(client, end);
        try (EventReader first = EventReader.open(server.uri(), id + "/events", one.secret(), null)) {
            assertThat(Objects.requireNonNull(first.next()).state()).isEqualTo("running");
            CompletableFuture<TestAnswer> waiting = CompletableFuture.supplyAsync(() -> client.get(id + "?wait=60"));
            await().until(() -> followers() == 2);

            assertV2(client.get(id + "/events"), "too_many_followers", 2, 5);
            assertThat(server.scraper().get("/metrics").text())
                    .as("a stream that could not begin is no success")
                    .contains("/events\",status=\"429\"");
            assertV2(client.get(id + "?wait=60"), "too_many_followers", 2, 5);
            assertV2(client.post(CREATE + "?wait=60", "{\"command\": \"true\"}"), "too_many_followers", 2, 5);
            assertThat(client.get("/api/v2/executions").json().path("items").size())
                    .as("nothing was started")
                    .isEqualTo(1);
            assertThat(client.get(id).status()).as("it does not wait").isEqualTo(200);
            try (EventReader third = EventReader.open(server.uri(), id + "/events", other.secret(), null)) {
                assertThat(Objects.requireNonNull(third.next()).state()).isEqualTo("running");
                assertV2(server.client(other.secret()).get(id + "/events"), "too_many_followers", 4, 5);
            }
            Files.createFile(end);
            assertThat(waiting.get().json().path("state").asString()).isEqualTo("exited");
            for (var event = first.next(); event != null; event = first.next()) {
                assertThat(event.state()).isEqualTo("exited");
            }
        }
        assertThat(client.get(id + "?wait=60").status()).isEqualTo(200);
        assertThat(client.get(id + "/events").status()).isEqualTo(200);
        assertThat(client.post(CREATE + "?wait=60", "{\"command\": \"true\"}").status())
                .isEqualTo(201);
        await().until(() -> followers() == 0);
    }

    @Test
    void theLimitsAreInTheDescriptionOfTheirErrors() {
        for (String code : List.of("too_many_failures", "too_many_followers", "too_many_requests")) {
            assertThat(server.client(null).get("/problems/" + code).text())
                    .contains("429 Too Many Requests")
                    .contains("Retry-After");
        }
    }
}
