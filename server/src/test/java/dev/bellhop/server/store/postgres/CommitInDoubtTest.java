// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.store.postgres.CutProxy.Cut;
import dev.bellhop.server.store.sqlite.TestStores;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A connection that breaks at the COMMIT: whatever became of it, each write takes place once, or not at all if it failed. */
@Timeout(60)
@Tag("real")
@Tag("cluster")
class CommitInDoubtTest {
    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    private CutProxy proxy;
    private PostgresDatabase database;

    @BeforeEach
    void open() throws Exception {
        temp.get().close();
        // Without a key, so that a row that is written twice is there twice.
        temp.execute("CREATE TABLE t (n integer)");
        PostgresSettings direct = temp.settings();
        URI uri = URI.create(direct.url().substring("jdbc:".length()));
        proxy = new CutProxy(uri.getPort());
        // A statement has its text in each message then.
        String url = PostgresSettings.PREFIX + "127.0.0.1:" + proxy.port() + uri.getPath() + "?prepareThreshold=0";
        database = PostgresDatabase.open(new PostgresSettings(url, direct.user(), direct.passwordFile()), temp.keys());
    }

    @AfterEach
    void close() throws Exception {
        database.close();
        proxy.close();
    }

    private CompletableFuture<Integer> insert(int n) {
        return database.write(connection -> connection.execute("INSERT INTO t VALUES (?)", n));
    }

    private List<Integer> rows() {
        return database.read(connection -> connection.query("SELECT n FROM t ORDER BY n", row -> row.getInt(1)));
    }

    private void addEntry() {
        database.audit().add(new AuditEntry(Instant.EPOCH, "a", Outcome.DONE));
    }

    private void assertTrail(int records) throws Exception {
        AuditReport report = PostgresAudit.verify(temp.settings(), null);
        assertThat(report.intact()).as(report.toString()).isTrue();
        assertThat(report.records()).isEqualTo(records);
        assertThat(database.audit().waiting()).isZero();
    }

    @Test
    void whatTheDatabaseNeverHeardOfIsRepeated() throws Exception {
        addEntry();
        proxy.cut(Cut.BEFORE_COMMIT, false);
        assertThat(insert(1).join()).isEqualTo(1);

        assertThat(proxy.hasCut()).isTrue();
        assertThat(insert(2).join()).isEqualTo(1);
        assertThat(rows()).containsExactly(1, 2);
        assertTrail(1);
    }

    @Test
    void whatTheDatabaseDidIsNotRepeated() throws Exception {
        addEntry();
        proxy.cut(Cut.AFTER_COMMIT, false);
        assertThat(insert(1).join()).isEqualTo(1);

        assertThat(proxy.hasCut()).isTrue();
        addEntry();
        assertThat(insert(2).join()).isEqualTo(1);
        assertThat(rows()).containsExactly(1, 2);
        assertTrail(2);
    }

    /** What waits for the COMMIT goes in one message with it. */
    @Test
    void whatGoesWithTheCommitTakesPlaceOnce() throws Exception {
        int number = 0;
        for (Cut cut : List.of(Cut.BEFORE_COMMIT, Cut.AFTER_COMMIT)) {
            int n = ++number;
            proxy.cut(cut, false);
            database.change(connection -> connection.executeLater("INSERT INTO t VALUES (?)", n))
                    .join();
            assertThat(proxy.hasCut()).isTrue();
        }
        assertThat(rows()).containsExactly(1, 2);
    }

    /** Cut again while it finds out about the first. */
    @Test
    void aSecondCutDoesNoHarm() throws Exception {
        int number = 0;
        for (Cut first : List.of(Cut.BEFORE_COMMIT, Cut.AFTER_COMMIT)) {
            for (Cut second : List.of(Cut.BEFORE_COMMIT, Cut.AFTER_COMMIT)) {
                number++;
                proxy.cut(first, false);
                CompletableFuture<Integer> write = insert(number);
                Awaitility.await().until(proxy::hasCut);
                proxy.cut(second, false);
                write.join();
            }
        }
        assertThat(rows()).containsExactly(1, 2, 3, 4);
    }

    private static void failed(CompletableFuture<?> write) {
        assertThatThrownBy(write::join)
                .cause()
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE))
                .hasMessageContaining("because the database cannot be reached");
    }

    /** Each is told after some five seconds of its own, and none waits for the attempts of those before it. */
    @Test
    void aNetworkThatSwallowsPacketsIsNotWaitedForTwice() throws Exception {
        assertThat(insert(1).join()).isEqualTo(1);
        proxy.swallow();
        CompletableFuture<Integer> first = insert(2);
        CompletableFuture<Integer> second = insert(3);
        failed(first);
        assertThatThrownBy(() -> second.get(1, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
        assertThat(proxy.swallowed()).as("attempts to connect again").isZero();
        CompletableFuture<Integer> later = insert(4);
        assertThatThrownBy(() -> later.get(9, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
        assertThat(proxy.swallowed()).as("attempts to connect again").isPositive();

        proxy.letIn();
        assertThat(insert(5).join()).isEqualTo(1);
        assertThat(rows()).containsExactly(1, 5);
    }

    /** The caller was told that it does not run. */
    @Test
    void anExecutionThatWasRefusedInDoubtIsTakenBack() throws Exception {
        ExecutionStore store = TestStores.executions(database);
        Execution refused = TestExecutions.pending(1);
        Execution taken = TestExecutions.pending(1);
        addEntry();
        proxy.cut(Cut.AFTER_COMMIT, true);
        CompletableFuture<?> write = store.intake().insert(refused, StartOptions.PLAIN, null, null);
        Awaitility.await().until(proxy::hasCut);
        CompletableFuture<Integer> waiting = insert(1);
        failed(write);
        failed(waiting);
        try (var connection = temp.connect();
                var rows = connection.createStatement().executeQuery("SELECT id FROM executions")) {
            assertThat(rows.next()).as("stored, before it is taken back").isTrue();
        }

        proxy.letIn();
        addEntry();
        store.intake().insert(taken, StartOptions.PLAIN, null, null).join();
        assertThat(store.reader().find(refused.id())).isEmpty();
        assertThat(store.reader().find(taken.id())).hasValue(taken);
        assertThat(rows()).isEmpty();
        assertTrail(2);
    }
}
