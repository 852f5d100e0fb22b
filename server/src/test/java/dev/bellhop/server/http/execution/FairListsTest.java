// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** One account has many executions, and lists them by what none or few of them have, 50 at once. */
@Timeout(180)
@Tag("full")
class FairListsTest {
    private static final int ROWS = 100_000;
    private static final int AT_ONCE = 50;

    @TempDir
    private Path folder;

    /** Copies of one, older and older, which all ended as lost and have a label. */
    private static void insertMany(Path database, String id) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA synchronous = OFF");
            connection.setAutoCommit(false);
            statement.execute("CREATE TEMP TABLE one AS SELECT * FROM executions WHERE id = '" + id + "'");
            statement.execute("UPDATE one SET state = 'LOST', finished_at = created_at");
            try (PreparedStatement number = connection.prepareStatement("UPDATE one SET id = ?");
                    PreparedStatement insert = connection.prepareStatement("INSERT INTO executions SELECT * FROM one");
                    PreparedStatement label = connection.prepareStatement("INSERT INTO execution_labels"
                            + " (name, value, execution_id, vmid, account_id) SELECT 'job', 'x', id, vmid, account_id"
                            + " FROM one")) {
                for (int i = 0; i < ROWS; i++) {
                    number.setString(1, String.format("00000000-%04x-7%03x-8000-%012x", i >>> 12, i & 0xFFF, i));
                    number.executeUpdate();
                    insert.executeUpdate();
                    label.executeUpdate();
                }
            }
            connection.commit();
        }
    }

    @Test
    void listsThatFindNothingHoldUpNobodyAndGoOn() throws Exception {
        try (TestServer server = TestServer.in(folder)
                        .vm(1, folder.resolve("nobody.sock"))
                        .vm(2, folder.resolve("nobody.sock"))
                        .start();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            TestClient one = server.tenant(server.makeAccount("one", 1), "write:vm", "read:vm");
            TestClient other = server.tenant(server.makeAccount("other", 2), "write:vm", "read:vm");
            assertThat(one.tryExec(1, "x").status()).isEqualTo(409);
            String id = one.get("/api/v2/executions")
                    .json()
                    .path("items")
                    .path(0)
                    .path("id")
                    .asString();
            server.stop();
            insertMany(server.data().resolve("bellhop.db"), id);
            server.start();

            List<String> filters = List.of(
                    "state=exited",
                    "label=job=x&state=exited",
                    "label=job=x&label=team=a",
                    "state=pending,lost&until=1970-01-01T00:00:00Z");
            AtomicBoolean ends = new AtomicBoolean();
            AtomicInteger lists = new AtomicInteger();
            List<CompletableFuture<Void>> all = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                String filter = filters.get(i % filters.size());
                all.add(CompletableFuture.runAsync(
                        () -> {
                            while (!ends.get()) {
                                // Short: the memory for all pages at once must not decide who waits.
                                TestAnswer page = one.get("/api/v2/executions?limit=10&" + filter);
                                assertThat(page.status()).as(page.text()).isEqualTo(200);
                                assertThat(page.json().path("items")).isEmpty();
                                lists.incrementAndGet();
                            }
                        },
                        threads));
            }
            Duration longest = Duration.ZERO;
            for (int i = 0; i < 30 || lists.get() < AT_ONCE; i++) {
                long begun = System.nanoTime();
                assertThat(other.tryExec(2, "y").status()).isEqualTo(409);
                assertThat(other.get("/api/v2/executions?state=rejected&limit=5")
                                .status())
                        .isEqualTo(200);
                Duration took = Duration.ofNanos(System.nanoTime() - begun);
                longest = took.compareTo(longest) > 0 ? took : longest;
            }
            ends.set(true);
            all.forEach(CompletableFuture::join);
            assertThat(longest).isLessThan(Duration.ofSeconds(15));

            // Short pages lead to the end.
            int pages = 0;
            String cursor = "";
            int found = 0;
            while (cursor != null) {
                JsonNode page = one.get("/api/v2/executions?label=job=x&state=rejected" + cursor)
                        .json();
                found += page.path("items").size();
                cursor = page.has("nextCursor")
                        ? "&cursor=" + page.path("nextCursor").asString()
                        : null;
                pages++;
            }
            assertThat(found).isZero();
            assertThat(pages).isBetween(ROWS / 10_000, ROWS / 10_000 + 1);
            assertThat(one.get("/api/v2/executions?state=rejected")
                            .json()
                            .path("items")
                            .path(0)
                            .path("id")
                            .asString())
                    .isEqualTo(id);
        }
    }
}
