// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whether a server says that it can store something. */
@Timeout(60)
class StoreCheckTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final AtomicLong now = new AtomicLong();
    private final AtomicInteger writes = new AtomicInteger();
    private Supplier<CompletableFuture<Void>> store = () -> CompletableFuture.completedFuture(null);

    private StoreCheck check() {
        return new StoreCheck(
                () -> {
                    writes.incrementAndGet();
                    return store.get();
                },
                now::get);
    }

    private void fail() {
        store = () -> CompletableFuture.failedFuture(new IllegalStateException("the test says so"));
    }

    @Test
    void aWriteTellsForASecond() {
        StoreCheck check = check();
        fail();
        now.addAndGet(SECOND - 1);
        for (int i = 0; i < 1_000; i++) {
            assertThat(check.works()).isTrue();
        }
        assertThat(writes).hasValue(1);

        now.addAndGet(1);
        for (int i = 0; i < 1_000; i++) {
            assertThat(check.works()).isFalse();
        }
        assertThat(writes).hasValue(2);
    }

    @Test
    void aStoreThatWorksAgainIsNoticed() {
        fail();
        StoreCheck check = check();
        assertThat(check.works()).isFalse();

        store = () -> CompletableFuture.completedFuture(null);
        now.addAndGet(SECOND);
        assertThat(check.works()).isTrue();
    }

    @Test
    void aWriteThatHangsIsWaitedForOnceAndByNoOther() {
        CompletableFuture<Void> hanging = new CompletableFuture<>();
        store = () -> hanging;
        StoreCheck check = check();
        now.addAndGet(SECOND);
        for (int i = 0; i < 1_000; i++) {
            assertThat(check.works()).isFalse();
        }
        now.addAndGet(SECOND);
        assertThat(check.works()).isFalse();
        assertThat(writes).as("none queues up behind it").hasValue(1);

        hanging.complete(null);
        assertThat(check.works()).isTrue();
        assertThat(writes).hasValue(2);
    }

    @Test
    void aServerThatCannotCommitIsNotReadyUntilItCan(@TempDir Path folder) throws Exception {
        try (TestServer server = TestServer.in(folder).start();
                Connection other = DriverManager.getConnection(
                        "jdbc:sqlite:" + server.data().resolve("bellhop.db"));
                Statement statement = other.createStatement()) {
            TestClient anyone = server.client(null);
            assertThat(anyone.get("/healthz").text()).isEqualTo("{\"live\":true,\"ready\":true}");

            statement.execute("BEGIN IMMEDIATE");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> anyone.get("/healthz").status() == 503);
            TestAnswer answer = anyone.get("/healthz");
            assertThat(answer.text()).isEqualTo("{\"live\":true,\"ready\":false,\"reason\":\"store_unavailable\"}");
            assertThat(server.scraper().get("/metrics").text()).containsPattern("(?m)^bellhop_ready 0.0$");

            statement.execute("COMMIT");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> anyone.get("/healthz").status() == 200);
        }
    }
}
