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
import dev.bellhop.server.execution.store.ExecutionIntake;
import dev.bellhop.server.execution.store.ExecutionIntake.Insertion;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.OperationState;
import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.operation.StoredOperations;
import dev.bellhop.server.store.postgres.CutProxy.Cut;
import dev.bellhop.server.store.sqlite.TestStores;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
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

    private static final Duration SOON = Duration.ofSeconds(20);

    private CutProxy proxy;
    private PostgresSettings settings;
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
        settings = new PostgresSettings(url, direct.user(), direct.passwordFile());
        database = PostgresDatabase.open(settings, temp.keys());
    }

    @AfterEach
    void close() throws Exception {
        database.close();
        proxy.close();
    }

    private void beginAsServerOfCluster() throws Exception {
        database.close();
        database = PostgresDatabase.open(settings, ServerMode.CLUSTER, temp.keys(), new SimpleMeterRegistry());
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

    /** Another server returns the execution before the first one learns the outcome, so the execution and its key stay. */
    @Test
    void anExecutionInDoubtIsStoredOnceAndStays() throws Exception {
        beginAsServerOfCluster();
        ExecutionStore store = TestStores.executions(database);
        IdempotencyKey key = new IdempotencyKey("0123456789ab", "K", new byte[] {1});
        Execution first = TestExecutions.pending(1);
        addEntry();
        proxy.cut(Cut.AFTER_COMMIT, true);
        CompletableFuture<Insertion> inDoubt = store.intake().insert(first, StartOptions.PLAIN, null, key);
        Awaitility.await().until(proxy::hasCut);
        failed(insert(1));
        assertThat(inDoubt).as("the outcome is unknown").isNotDone();

        try (PostgresDatabase another = temp.another()) {
            ExecutionIntake elsewhere = TestStores.executions(another).intake();
            Execution again = TestExecutions.pending(1);
            Insertion.Known known = new Insertion.Known(first.id(), key);
            assertThat(elsewhere.insert(again, StartOptions.PLAIN, null, key).join())
                    .isEqualTo(known);

            proxy.letIn();
            assertThat(inDoubt).succeedsWithin(SOON).isEqualTo(new Insertion.Inserted());
            addEntry();
            assertThat(insert(2).join()).isEqualTo(1);
            assertThat(elsewhere.known(key.keyId(), key.name())).hasValue(known);
            assertThat(store.reader().find(first.id())).hasValue(first);
        }
        assertThat(rows()).containsExactly(2);
        assertThat(database.audit().waiting()).isZero();
    }

    @Test
    void anExecutionInDoubtThatTheDatabaseNeverHeardOfFails() throws Exception {
        ExecutionStore store = TestStores.executions(database);
        Execution lost = TestExecutions.pending(1);
        addEntry();
        proxy.cut(Cut.BEFORE_COMMIT, true);
        CompletableFuture<Insertion> inDoubt = store.intake().insert(lost, StartOptions.PLAIN, null, null);
        Awaitility.await().until(proxy::hasCut);
        failed(insert(1));
        assertThat(inDoubt).isNotDone();

        // Nothing else is written: the server settles it by itself.
        proxy.letIn();
        assertThat(inDoubt).failsWithin(SOON);
        assertThat(store.reader().find(lost.id())).isEmpty();
        assertThat(insert(2).join()).isEqualTo(1);
        assertThat(rows()).containsExactly(2);
        assertTrail(1);
    }

    /** No server has begun the operation. A repeated request gets it as failed. */
    @Test
    void anOperationInDoubtIsEndedAndKeepsItsName() throws Exception {
        OperationStore store = TestStores.operations(database);
        Instant now = Instant.EPOCH;
        OperationRequest request = new OperationRequest(
                OperationAction.START, false, Duration.ZERO, "0123456789ab", Tenant.operator(), "once");
        Operation operation = Operation.waiting(OperationId.at(0), new VmId(1), request, now);
        proxy.cut(Cut.AFTER_COMMIT, true);
        assertThatThrownBy(() -> StoredOperations.insert(store, operation, () -> now))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.START_UNCONFIRMED))
                .hasMessageContaining("look at operation " + operation.id());
        proxy.letIn();
        Awaitility.await().atMost(SOON).until(() -> store.unfinished().isEmpty());
        assertThat(store.named("0123456789ab", "once"))
                .hasValueSatisfying(ended -> assertThat(ended.state()).isEqualTo(OperationState.FAILED));
    }
}
