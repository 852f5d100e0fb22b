// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.testkit.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A PostgreSQL that is killed under its writers, and comes back. */
@Timeout(120)
@Tag("real")
@Tag("cluster")
class PostgresOutageTest {
    private static final int WRITERS = 8;

    @TempDir
    private Path folder;

    private PostgresServer server;
    private PostgresDatabase database;

    @BeforeEach
    void open() throws Exception {
        server = PostgresServer.start();
        TempPostgres.writePassword(folder);
        database = PostgresDatabase.open(
                TempPostgres.settings(server, PostgresServer.DATABASE, folder),
                new KeyFile(folder.resolve(KeyFile.NAME)));
        // Without a key, so that a row that is written twice is there twice.
        database.change(connection -> connection.execute("CREATE TABLE t (n integer)"))
                .join();
    }

    @AfterEach
    void close() {
        database.close();
        server.close();
    }

    /** Completes only when its outcome is known. */
    private CompletableFuture<Integer> insert(int n) {
        return database.writeUntilOutcome(connection -> connection.execute("INSERT INTO t VALUES (?)", n));
    }

    /** A connection that was used within half a second is not looked at before it is used again, and may have died with the server. */
    private List<Integer> rows() {
        return Awaitility.await()
                .ignoreExceptionsInstanceOf(BellhopException.class)
                .until(
                        () -> database.read(
                                connection -> connection.query("SELECT n FROM t ORDER BY n", row -> row.getInt(1))),
                        rows -> true);
    }

    @Test
    void eachAcknowledgedWriteIsThereOnceAndNoOther() throws Exception {
        Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
        AtomicInteger numbers = new AtomicInteger();
        AtomicBoolean ends = new AtomicBoolean();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                writers.add(threads.submit(() -> {
                    while (!ends.get()) {
                        int n = numbers.incrementAndGet();
                        insert(n)
                                .thenRun(() -> acknowledged.add(n))
                                .exceptionally(failure -> null)
                                .join();
                    }
                }));
            }
            try {
                for (int kills = 0; kills < 2; kills++) {
                    int before = acknowledged.size();
                    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> acknowledged.size() > before + 500);
                    server.kill();
                    server.startAgain();
                }
                int before = acknowledged.size();
                Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> acknowledged.size() > before + 500);
            } finally {
                // What is thrown here would wait for them.
                ends.set(true);
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
        }
        insert(0).join();
        acknowledged.add(0);

        assertThat(rows()).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(acknowledged);
    }

    @Test
    void writesFailInTimeWhileItIsAwayAndGoOnWhenItIsBack() throws Exception {
        insert(1).join();
        server.kill();
        List<CompletableFuture<Integer>> writes = List.of(insert(2), insert(3), insert(4));
        for (CompletableFuture<Integer> write : writes) {
            assertThatThrownBy(() -> write.get(10, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE))
                    .hasMessage("Cannot store this because the database cannot be reached");
        }
        CompletableFuture<Integer> inTime = insert(6);

        server.startAgain();
        assertThat(inTime.join()).isEqualTo(1);
        insert(7).join();
        assertThat(rows()).containsExactly(1, 6, 7);
    }
}
