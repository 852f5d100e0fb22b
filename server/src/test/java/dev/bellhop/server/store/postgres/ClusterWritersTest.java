// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.encryption.KeyFile;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two servers that write to one database. */
@Timeout(60)
@Tag("real")
@Tag("cluster")
class ClusterWritersTest {
    private static final String END_WRITERS =
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted";

    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    private PostgresDatabase first;
    private PostgresDatabase second;

    @BeforeEach
    void open() {
        temp.execute("CREATE TABLE t (n integer)");
        first = temp.clustered();
        second = temp.another();
    }

    @AfterEach
    void close() {
        second.close();
    }

    private static CompletableFuture<Integer> insert(PostgresDatabase database, int n) {
        return database.write(connection -> connection.execute("INSERT INTO t VALUES (?)", n));
    }

    private List<Integer> rows() {
        return first.read(connection -> connection.query("SELECT n FROM t ORDER BY n", row -> row.getInt(1)));
    }

    private void openAlone() throws IOException {
        PostgresDatabase.open(temp.settings(), temp.keys()).close();
    }

    @Test
    void bothWriteAtOnceAndGoOnWhenTheirConnectionsBreak() {
        List<CompletableFuture<Integer>> writes = IntStream.range(0, 400)
                .mapToObj(n -> {
                    if (n % 100 == 50) {
                        temp.execute(END_WRITERS);
                    }
                    return insert(n % 2 == 0 ? first : second, n);
                })
                .toList();
        writes.forEach(CompletableFuture::join);
        assertThat(rows())
                .containsExactlyElementsOf(IntStream.range(0, 400).boxed().toList());
    }

    @Test
    void oneServerAloneAndAClusterKeepEachOtherOut() throws Exception {
        assertThatThrownBy(this::openAlone)
                .isInstanceOf(UnusableDatabaseException.class)
                .hasMessageContaining(
                        "because the Bellhop servers of a cluster use it, one of them from 127.0.0.1, since 20")
                .hasMessageEndingWith("; configure this one as another of them, or stop them first");
        second.close();
        temp.reopened();
        assertThatThrownBy(() -> PostgresDatabase.open(
                        temp.settings(), ServerMode.CLUSTER, temp.keys(), new SimpleMeterRegistry()))
                .isInstanceOf(UnusableDatabaseException.class)
                .hasMessageContaining("because a Bellhop server that is not of a cluster uses it, from 127.0.0.1");
    }

    @Test
    void aServerThatStartsLeavesTheRowsOfTheOthers() {
        first.check().join();
        temp.execute("UPDATE writers SET seen_at = now() - interval '1 hour'");
        try (PostgresDatabase third = temp.another()) {
            third.check().join();
            temp.execute(END_WRITERS);
            insert(first, 1).join();
            insert(second, 2).join();
            assertThat(rows()).containsExactly(1, 2);
        }
    }

    @Test
    void rowsThatNobodyUsesGoInTheEnd() throws Exception {
        first.check().join();
        second.close();
        temp.execute("UPDATE writers SET seen_at = now() - interval '25 hours'"
                + " WHERE id <> (SELECT id FROM writers ORDER BY commits DESC LIMIT 1)");
        try (PostgresDatabase third = temp.another();
                var connection = temp.connect();
                var row = connection.createStatement().executeQuery("SELECT count(*) FROM writers")) {
            third.check().join();
            row.next();
            assertThat(row.getInt(1)).isEqualTo(2);
        }
    }

    /** What it has in memory is not what is stored any more. */
    @Test
    void aClusterThatOneServerAloneHasFollowedWritesNoMore() throws Exception {
        first.check().join();
        temp.execute("CREATE TABLE kept.writers AS TABLE writers");
        first.close();
        second.close();
        openAlone();
        try (var connection = temp.connect();
                var row = connection
                        .createStatement()
                        .executeQuery("SELECT count(*) FROM writers JOIN kept.writers USING (id)")) {
            row.next();
            assertThat(row.getInt(1)).isZero();
        }
        temp.execute("DROP TABLE kept.writers");
    }

    /** Each waits for a row that the other has written. */
    @Test
    void whoIsInTheOthersWayIsRepeated() throws Exception {
        insert(first, 1).join();
        insert(first, 2).join();
        CountDownLatch both = new CountDownLatch(2);
        CompletableFuture<Integer> one = update(first, both, 1, 2);
        CompletableFuture<Integer> other = update(second, both, 2, 1);
        assertThat(one.join() + other.join()).isEqualTo(4);
        assertThat(rows()).containsExactly(21, 22);
    }

    /** Its row locks go before a write that waits for them is too old. */
    @Test
    void aServerThatStopsInATransactionFailsNoWriteOfTheOthers() throws Exception {
        insert(first, 1).join();
        String sql = "UPDATE t SET n = n + 10";
        CountDownLatch isLocked = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        CompletableFuture<Integer> frozen = second.write(connection -> {
            int rows = connection.execute(sql);
            isLocked.countDown();
            await(goesOn);
            return rows;
        });
        isLocked.await();
        try {
            assertThat(first.write(connection -> connection.execute(sql)).join())
                    .isEqualTo(1);
            assertThat(rows()).containsExactly(11);
        } finally {
            goesOn.countDown();
        }
        assertThat(frozen.join()).isEqualTo(1);
        assertThat(rows()).containsExactly(21);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static CompletableFuture<Integer> update(
            PostgresDatabase database, CountDownLatch both, int one, int other) {
        String sql = "UPDATE t SET n = n + 10 WHERE n % 10 = ?";
        return database.write(connection -> {
            int rows = connection.execute(sql, one);
            both.countDown();
            await(both);
            return rows + connection.execute(sql, other);
        });
    }

    @Test
    void otherKeysThanTheOthersAreRefused() throws Exception {
        KeyFile others = new KeyFile(temp.folder().resolve("others"));
        others.load(true);
        assertThatThrownBy(() ->
                        PostgresDatabase.open(temp.settings(), ServerMode.CLUSTER, others, new SimpleMeterRegistry()))
                .hasMessageContaining("because what is stored was encrypted with others");
    }
}
