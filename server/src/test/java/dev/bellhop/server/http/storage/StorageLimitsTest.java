// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.RealAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One account stores as much as it can, with a limit of 20 MB for all. The database file stays below the limit, a sixteenth more,
 * and what the audit trail may take up; and the other account keeps its result and goes on.
 */
@Timeout(120)
@Tag("real")
class StorageLimitsTest {
    private static final long LIMIT = 20_000_000;
    private static final long AUDIT_LIMIT = 4_000_000;
    /** A sixteenth, what is being written while the oldest goes, and tables and indexes that have hardly anything in them. */
    private static final long MORE = LIMIT / 16 + 6_000_000;

    private static final String BIG = "x".repeat(120_000);

    @TempDir
    private Path folder;

    private TestServer server(Path agent) {
        return TestServer.in(folder)
                .vm(1, folder.resolve("nobody.sock"))
                .vm(2, agent)
                .vm(3, agent)
                .retentionBytes(LIMIT, AUDIT_LIMIT)
                .start();
    }

    private long databaseBytes(TestServer server) throws IOException {
        return Files.size(server.data().resolve("bellhop.db"));
    }

    private static TestAnswer start(TestClient client, long vm, Map<String, Object> wanted) {
        return client.post("/api/v2/vps/" + vm + "/executions", Json.mapper().writeValueAsString(wanted));
    }

    private static String id(TestAnswer answer) {
        return answer.json().path("id").asString();
    }

    private static void isServed(TestClient other, String result) {
        long begun = System.nanoTime();
        assertThat(other.get("/api/v2/executions/" + result).status()).isEqualTo(200);
        TestAnswer ran = start(other, 2, Map.of("command", "echo hi"));
        assertThat(ran.status()).as(ran.text()).isEqualTo(201);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
    }

    /** Twice the limit in commands that no agent ever gets, which are rejected, and none of it is any output. */
    @Test
    void rejectedCommandsDoNotFillTheDisk() throws Exception {
        try (RealAgent agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
                TestServer server = server(agent.socket());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            TestClient one = server.tenant(server.makeAccount("one", 1), "write:vm", "read:vm");
            TestClient other = server.tenant(server.makeAccount("other", 2), "write:vm", "read:vm");
            String result = id(start(other, 2, Map.of("command", "echo fresh")));
            Map<String, Object> big = Map.of("argv", List.of("echo", BIG, BIG));
            List<CompletableFuture<Void>> senders = IntStream.range(0, 4)
                    .mapToObj(i -> CompletableFuture.runAsync(
                            () -> {
                                for (int n = 0; n < 40; n++) {
                                    assertThat(start(one, 1, big).status()).isEqualTo(409);
                                }
                            },
                            threads))
                    .toList();
            while (!senders.stream().allMatch(CompletableFuture::isDone)) {
                isServed(other, result);
                assertThat(databaseBytes(server)).isLessThan(LIMIT + AUDIT_LIMIT + MORE);
            }
            senders.forEach(CompletableFuture::join);
            isServed(other, result);
            // What is kept is the newest of it, not nothing.
            assertThat(one.get("/api/v2/executions?limit=20")
                            .json()
                            .path("items")
                            .size())
                    .isEqualTo(20);
        }
    }

    /** Half as much again as the limit, in output. */
    @Test
    @Tag("full")
    void anAccountThatStoresMuchLosesItsOwnOldest() throws Exception {
        try (RealAgent agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
                TestServer server = server(agent.socket())) {
            TestClient one = server.tenant(server.makeAccount("one", 3), "write:vm", "read:vm");
            TestClient other = server.tenant(server.makeAccount("other", 2), "write:vm", "read:vm");
            String result = id(start(other, 2, Map.of("command", "echo fresh")));
            List<String> all = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                TestAnswer ran =
                        one.post("/api/v2/vps/3/executions?wait=30", "{\"command\":\"head -c 1000000 /dev/zero\"}");
                assertThat(ran.json().path("state").asString()).isEqualTo("exited");
                all.add(id(ran));
            }
            await().untilAsserted(() -> assertThat(
                            one.get("/api/v2/executions/" + all.get(5)).status())
                    .isEqualTo(404));
            assertThat(one.get("/api/v2/executions/" + all.getLast()).status()).isEqualTo(200);
            isServed(other, result);
            assertThat(databaseBytes(server)).isLessThan(LIMIT + AUDIT_LIMIT + MORE);
        }
    }

    /** What waits cannot be deleted, so it is refused; and the other one has its share all the same. */
    @Test
    void anAccountWithALongQueueIsRefusedAndOthersAreNot() throws Exception {
        try (TestServer server = server(folder.resolve("nobody-either.sock"))) {
            TestClient one = server.tenant(server.makeAccount("one", 1), "write:vm", "read:vm");
            TestClient other = server.tenant(server.makeAccount("other", 2), "write:vm", "read:vm");
            Map<String, Object> waits = Map.of(
                    "command",
                    "cat",
                    "stdinBase64",
                    Base64.getEncoder().encodeToString(new byte[1_000_000]),
                    "deliveryTimeoutSeconds",
                    600);
            int waiting = 0;
            TestAnswer last = start(one, 1, waits);
            while (last.status() == 201) {
                waiting++;
                assertThat(waiting).isLessThan(30);
                last = start(one, 1, waits);
            }
            assertThat(last.status()).as(last.text()).isEqualTo(429);
            assertThat(last.json().path("code").asString()).isEqualTo("too_much_stored");
            assertThat(waiting).isBetween(5, 10);
            // When some have ended there is room again.
            String newest = one.get("/api/v2/executions?limit=1")
                    .json()
                    .path("items")
                    .path(0)
                    .path("id")
                    .asString();
            assertThat(one.post("/api/v2/executions/" + newest + "/actions/cancel", "{}")
                            .status())
                    .isLessThan(300);
            await().untilAsserted(
                            () -> assertThat(start(one, 1, waits).status()).isEqualTo(201));
            assertThat(start(other, 2, waits).status()).isEqualTo(201);
            assertThat(databaseBytes(server)).isLessThan(LIMIT + AUDIT_LIMIT + MORE);
        }
    }

    /** One account, one command that writes more than may be stored of what has not ended. */
    @Test
    void outputBeyondTheRoomOfAnAccountIsToldToBeTruncated() throws Exception {
        try (RealAgent agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
                TestServer server = server(agent.socket())) {
            TestClient one = server.tenant(server.makeAccount("one", 3), "write:vm", "read:vm");
            TestAnswer ran = one.post(
                    "/api/v2/vps/3/executions?wait=60", "{\"command\":\"head -c 30000000 /dev/zero; echo done >&2\"}");
            assertThat(ran.json().path("state").asString()).isEqualTo("exited");
            assertThat(ran.json().path("truncated").asBoolean()).isTrue();
            assertThat(ran.json().path("stdoutBytes").asLong()).isBetween(LIMIT / 4, LIMIT / 2);
            assertThat(ran.json().path("stdoutWritten").asLong()).isEqualTo(30_000_000);
        }
    }
}
