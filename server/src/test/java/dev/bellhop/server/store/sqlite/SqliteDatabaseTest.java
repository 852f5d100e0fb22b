// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.store.WriteConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SqliteDatabaseTest {
    @TempDir
    private Path folder;

    private SqliteDatabase database;

    @BeforeEach
    void open() throws Exception {
        database = TestStores.open(folder.resolve("x.db"));
        database.change(connection -> connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
                .join();
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static String pragma(WriteConnection connection, String name) {
        return Objects.requireNonNull(connection.queryFirst("PRAGMA " + name, row -> row.getString(1)));
    }

    private CompletableFuture<Void> insert(int n) {
        return database.change(connection -> connection.execute("INSERT INTO t VALUES (?)", n));
    }

    private List<Integer> rows() {
        return database.read(connection -> connection.query("SELECT n FROM t ORDER BY n", row -> row.getInt(1)));
    }

    /** 2 is FULL: with WAL, SQLite then syncs the log at each commit, and not only at checkpoints. */
    @Test
    void aCommitIsOnTheDiskBeforeItIsTold() {
        assertThat(database.write(connection -> pragma(connection, "journal_mode"))
                        .join())
                .isEqualTo("wal");
        assertThat(database.write(connection -> pragma(connection, "synchronous"))
                        .join())
                .isEqualTo("2");
        String asRead =
                database.read(connection -> connection.queryOne("PRAGMA journal_mode", row -> row.getString(1)));
        assertThat(asRead).isEqualTo("wal");
    }

    @Test
    void readersCannotWrite() {
        assertThatThrownBy(() -> database.read(
                        connection -> connection.query("INSERT INTO t VALUES (1) RETURNING n", row -> row.getInt(1))))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
        assertThat(rows()).isEmpty();
    }

    /** All of them wait behind a write that holds the writer, so that they are one group. */
    @Test
    void theOnesThatFailInAGroupFailAlone() {
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Void> holder = holdWriter(release);
        CompletableFuture<Void> first = insert(1);
        CompletableFuture<Void> again = insert(1);
        CompletableFuture<Void> broken = database.change(handle -> {
            throw new IllegalStateException("on purpose");
        });
        CompletableFuture<Void> second = insert(2);
        release.countDown();

        CompletableFuture.allOf(holder, first, second).join();
        for (CompletableFuture<Void> failed : List.of(again, broken)) {
            assertThatThrownBy(failed::join)
                    .cause()
                    .isInstanceOfSatisfying(
                            BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
        }
        assertThat(rows()).containsExactly(1, 2);
    }

    /** The time of each write runs from its request. Writes do not wait one after the other. */
    @Test
    void writesFailAtMostFiveSecondsLateWhileAnotherProcessHasTheLock() throws Exception {
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("x.db"));
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            Instant asked = Instant.now();
            // The first one waits for the lock, and the others wait behind it as one group.
            for (CompletableFuture<Void> write : List.of(insert(1), insert(2), insert(3), insert(4))) {
                assertThatThrownBy(write::join).hasMessageContaining("another process has locked the database");
            }
            // Twice the promise, for a busy machine. One after the other, they would take three times as long as one.
            assertThat(Duration.between(asked, Instant.now()))
                    .isLessThan(SqliteTransactions.BUSY_TIMEOUT.multipliedBy(2));
            statement.execute("ROLLBACK");
        }
        insert(5).join();
        assertThat(rows()).containsExactly(5);
    }

    /** SQLite has rolled back by itself then, and the driver has closed the statement that failed. */
    @Test
    void aDiskThatWasFullIsWrittenToAgain() {
        database.change(connection -> connection.execute("CREATE TABLE large (bytes BLOB)"))
                .join();
        database.change(connection -> pragma(connection, "max_page_count = 1")).join();
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> insertLarge().join())
                    .cause()
                    .isInstanceOfSatisfying(
                            BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
        }
        database.change(connection -> pragma(connection, "max_page_count = 100000"))
                .join();

        insertLarge().join();
        insert(1).join();
        assertThat(rows()).containsExactly(1);
    }

    private CompletableFuture<Void> insertLarge() {
        return database.change(connection -> connection.execute("INSERT INTO large VALUES (zeroblob(1000000))"));
    }

    @Test
    void aGroupIsCommittedBeforeAnyOfItIsTold() {
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Void> holder = holdWriter(release);
        CompletableFuture<List<Integer>> seen = insert(1).thenApply(done -> rows());
        CompletableFuture<Void> second = insert(2);
        release.countDown();
        CompletableFuture.allOf(holder, second).join();

        assertThat(seen.join()).as("both, since they were one commit").containsExactly(1, 2);
    }

    @Test
    void writesGatherIntoGroups() {
        CountDownLatch release = new CountDownLatch(1);
        Set<Long> changesSeen = ConcurrentHashMap.newKeySet();
        CompletableFuture<Void> holder = holdWriter(release);
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            int n = i;
            writes.add(insert(n).thenRun(() -> changesSeen.add(commits())));
        }
        release.countDown();
        holder.join();
        writes.forEach(CompletableFuture::join);

        assertThat(changesSeen).as("commits that a hundred writes took").hasSizeLessThan(10);
    }

    /** SQLite's own count of commits by others, as this connection sees it. */
    private long commits() {
        return database.read(connection -> connection.queryOne("PRAGMA data_version", row -> row.getLong(1)));
    }

    @Test
    void manyWritersAndReadersGetAlong() throws Exception {
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Void>> all = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int n = i;
                all.add(CompletableFuture.runAsync(
                        () -> {
                            insert(n).join();
                            assertThat(rows()).contains(n);
                        },
                        pool));
            }
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get();
        }
        assertThat(rows()).hasSize(200);
    }

    @Test
    void closingFinishesWhatIsQueuedAndRefusesTheRest() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Void> holder = holdWriter(release);
        CompletableFuture<Void> queued = insert(1);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(database::close);
        release.countDown();
        closing.join();
        CompletableFuture.allOf(holder, queued).join();
        assertThatThrownBy(() -> insert(2).join())
                .cause()
                .hasMessageContaining("shutting down")
                .hasMessageStartingWith("Cannot ");

        database = TestStores.open(folder.resolve("x.db"));
        assertThat(rows()).containsExactly(1);
    }

    @Test
    void aFileThatIsNoDatabaseIsRefusedAndLeftAlone() throws Exception {
        Path file = folder.resolve("notes.txt");
        Files.writeString(file, "not a database, but somebody's notes\n".repeat(100));

        assertThatThrownBy(() -> TestStores.open(file)).isInstanceOf(Exception.class);
        assertThat(Files.readString(file)).startsWith("not a database");
    }

    /** An empty transaction would work on a full disk too. */
    @Test
    void aCheckWritesAndFailsWhereThatDoesNotWork() throws Exception {
        long before = commits();
        database.check().join();
        assertThat(commits()).isGreaterThan(before);

        database.change(connection -> connection.execute("PRAGMA query_only = 1"))
                .join();
        assertThatThrownBy(() -> database.check().join())
                .cause()
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
    }

    /** Readers that overlap leave SQLite no moment in which it writes the log from its start. */
    @Test
    void theLogStaysSmallThoughSomebodyAlwaysReads() throws Exception {
        database.change(connection -> connection.execute("CREATE TABLE large (n INTEGER PRIMARY KEY, bytes BLOB)"))
                .join();
        java.util.concurrent.atomic.AtomicBoolean ends = new java.util.concurrent.atomic.AtomicBoolean();
        try (var readers =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            for (int i = 0; i < 3; i++) {
                readers.execute(() -> {
                    while (!ends.get()) {
                        database.read(connection -> connection.queryOne("SELECT count(*) FROM large", row -> {
                            // It reads until the statement is closed.
                            java.util.concurrent.locks.LockSupport.parkNanos(30_000_000);
                            return row.getLong(1);
                        }));
                    }
                });
            }
            long largest = 0;
            // Far more than the log may have, which grows a while until a reader has gone.
            for (int i = 0; i < 600; i++) {
                database.change(connection ->
                                connection.execute("INSERT OR REPLACE INTO large VALUES (1, randomblob(1000000))"))
                        .join();
                largest = Math.max(largest, Files.size(folder.resolve("x.db-wal")));
            }
            ends.set(true);
            assertThat(largest).isLessThan(SqliteTransactions.LARGE_LOG_BYTES + (256L << 20));
        }
    }

    /** Makes all writes that follow wait together, until the latch lets them go. */
    private CompletableFuture<Void> holdWriter(CountDownLatch release) {
        CountDownLatch held = new CountDownLatch(1);
        CompletableFuture<Void> holder = database.change(handle -> {
            held.countDown();
            await(release);
        });
        await(held);
        return holder;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
