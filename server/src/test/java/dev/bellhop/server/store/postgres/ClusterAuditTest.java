// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditFilter;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.store.Duty;
import dev.bellhop.server.store.sql.SqlAuditStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One audit trail that two servers add to. */
@Timeout(60)
@Tag("real")
@Tag("cluster")
class ClusterAuditTest {
    private static final int REQUESTS = 2_000;

    /** Whichever server is faster has the next term. */
    private static final String END_LEASE =
            "UPDATE duties SET holder = 'gone', term = term + 1, expires_at = now() WHERE duty = "
                    + Duty.AUDIT_CHAIN.number();

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

    private static AuditEntry entry(int n, Outcome outcome) {
        return new AuditEntry(Instant.EPOCH, "a", outcome).request("r" + n);
    }

    private void assertTrail(long records) throws Exception {
        AuditReport report = PostgresAudit.verify(temp.settings(), null);
        assertThat(report.intact()).as(report.toString()).isTrue();
        assertThat(report.records()).isEqualTo(records);
    }

    private List<AuditRecord> trail() {
        SqlAuditStore store = new SqlAuditStore(first);
        return IntStream.range(0, 10)
                .mapToObj(n -> store.after(n * 1000L, AuditFilter.ALL).records())
                .flatMap(List::stream)
                .toList();
    }

    private void awaitTrail(int records) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> trail().size() == records);
    }

    /** Begun by one server, ended by the other, while the lease of the server that keeps the chain ends again and again. */
    @Test
    void nothingIsLostOrTwiceAndNoEndComesBeforeItsBeginning() throws Exception {
        try (ExecutorService requests = Executors.newFixedThreadPool(16)) {
            List<CompletableFuture<Void>> all = IntStream.range(0, REQUESTS)
                    .mapToObj(n -> CompletableFuture.runAsync(() -> request(n), requests))
                    .toList();
            all.forEach(CompletableFuture::join);
        }
        awaitTrail(2 * REQUESTS);
        assertTrail(2 * REQUESTS);
        Map<String, String> last = new HashMap<>();
        for (AuditRecord record : trail()) {
            String before = last.put(record.requestId(), record.outcome());
            assertThat(record.outcome())
                    .as("record %s of %s, after %s", record.seq(), record.requestId(), before)
                    .isEqualTo((before == null ? Outcome.BEGUN : Outcome.DONE).wireName());
        }
        assertThat(last).hasSize(REQUESTS);
    }

    /** While somebody else keeps the chain to himself. */
    @Test
    void whatWaitsForTheChainIsCounted() throws Exception {
        MeterRegistry metrics = new SimpleMeterRegistry();
        try (PostgresDatabase third = PostgresDatabase.open(temp.settings(), ServerMode.CLUSTER, temp.keys(), metrics);
                Connection other = temp.connect()) {
            other.setAutoCommit(false);
            other.createStatement().execute("SELECT id FROM audit_ends FOR UPDATE");
            third.audit().add(entry(1, Outcome.BEGUN));
            third.audit().add(entry(1, Outcome.DONE));
            insert(third, 1).join();
            Gauge waiting = metrics.get("bellhop.audit.unchained").gauge();
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> waiting.value() == 2);
            other.rollback();
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> waiting.value() == 0);
        }
    }

    private void request(int n) {
        PostgresDatabase begins = n % 2 == 0 ? first : second;
        PostgresDatabase ends = n % 3 == 0 ? first : second;
        begins.audit().add(entry(n, Outcome.BEGUN));
        insert(begins, n).join();
        if (n % (REQUESTS / 5) == 0) {
            temp.execute(END_LEASE);
        }
        ends.audit().add(entry(n, Outcome.DONE));
        insert(ends, n).join();
    }

    /** The server froze while it had the chain locked. Its connection stays open. */
    @Test
    void aTransactionOfAFrozenServerDoesNotStopTheChain() throws Exception {
        try (Connection frozen =
                new PostgresConnections(temp.settings()).writing().getConnection()) {
            frozen.setAutoCommit(false);
            frozen.createStatement().execute("SELECT id FROM audit_ends FOR UPDATE");
            first.audit().add(entry(1, Outcome.DONE));
            insert(first, 1).join();
            awaitTrail(1);
        }
    }

    @Test
    void anotherServerGoesOnWithTheChain() throws Exception {
        first.audit().add(entry(1, Outcome.DONE));
        insert(first, 1).join();
        awaitTrail(1);
        first.close();
        second.audit().add(entry(2, Outcome.DONE));
        insert(second, 2).join();
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> PostgresAudit.verify(temp.settings(), null).records() == 2);
        second.audit().add(entry(3, Outcome.DONE));
        insert(second, 3).join();
        second.close();
        assertTrail(3);
    }

    @Test
    void whatIsRemovedFromTheChainIsSaidInIt() throws Exception {
        for (int n = 0; n < 10; n++) {
            first.audit().add(entry(n, Outcome.DONE));
        }
        insert(first, 1).join();
        awaitTrail(10);
        SqlAuditStore store = new SqlAuditStore(second);
        int removed = store.removeBefore(
                        Instant.EPOCH.plusSeconds(1),
                        (mark, records) -> new AuditEntry(Instant.now(), AuditRecord.PRUNE, Outcome.DONE)
                                .about(mark.text())
                                .times(records))
                .join();
        assertThat(removed).isEqualTo(10);
        awaitTrail(1);
        assertTrail(1);
        assertThat(trail().getFirst().action()).isEqualTo(AuditRecord.PRUNE);
    }

    /** As where all servers of a cluster were killed. */
    @Test
    void aServerAloneAppendsWhatAClusterHasLeft() throws Exception {
        first.close();
        second.close();
        temp.execute("INSERT INTO audit_pending (at, action, outcome) VALUES (1, 'a', 'done')");
        PostgresDatabase alone = temp.reopened();
        assertTrail(1);
        alone.audit().add(entry(2, Outcome.DONE));
        insert(alone, 2).join();
        assertTrail(2);
    }
}
