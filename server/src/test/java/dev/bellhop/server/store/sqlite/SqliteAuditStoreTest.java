// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditFilter;
import dev.bellhop.server.audit.AuditIntent;
import dev.bellhop.server.audit.AuditStore.PruneEntry;
import dev.bellhop.server.audit.AuditStore.Stretch;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SqliteAuditStoreTest {
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

    @TempDir
    private Path folder;

    private SqliteDatabase database;
    private SqliteAuditStore store;

    @BeforeEach
    void open() throws Exception {
        database = SqliteDatabase.open(file());
        store = new SqliteAuditStore(database);
        database.change(connection -> connection.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY)"))
                .join();
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Path file() {
        return folder.resolve("x.db");
    }

    private static AuditEntry entry(String action) {
        return new AuditEntry(NOW, action, Outcome.DONE);
    }

    private CompletableFuture<Void> insert(int n) {
        return database.change(connection -> connection.execute("INSERT INTO t VALUES (?)", n));
    }

    private List<AuditRecord> newestFirst() {
        return store.before(Long.MAX_VALUE, AuditFilter.ALL, 100).records();
    }

    private List<String> actions() {
        return newestFirst().reversed().stream().map(AuditRecord::action).toList();
    }

    private AuditReport verify() throws Exception {
        return AuditFile.verify(file(), null);
    }

    @Test
    void anEntryGoesWithTheNextWrite() throws Exception {
        store.add(entry("a"));
        store.add(entry("b"));
        assertThat(newestFirst()).isEmpty();

        insert(1).join();

        assertThat(store.waiting()).isZero();
        assertThat(actions()).containsExactly("a", "b");
        assertThat(newestFirst().getFirst().previous())
                .isEqualTo(newestFirst().getLast().hash());
        assertThat(verify().intact()).isTrue();
    }

    @Test
    void theChainGoesOnAfterARestart() throws Exception {
        store.add(entry("a"));
        store.flush().join();
        close();
        open();
        store.add(entry("b"));
        store.flush().join();

        assertThat(actions()).containsExactly("a", "b");
        assertThat(verify().intact()).isTrue();
    }

    /** While the server runs, and remembers where its chain ends. */
    @Test
    void aRecordThatIsPutInByHandIsNotWrittenOver() throws Exception {
        store.add(entry("a"));
        insert(1).join();
        try (Connection byHand = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = byHand.createStatement()) {
            statement.execute("CREATE TEMP TABLE copy AS SELECT * FROM audit");
            statement.execute("UPDATE copy SET seq = seq + 1, action = 'forged'");
            statement.execute("INSERT INTO audit SELECT * FROM copy");
        }
        store.add(entry("b"));
        insert(2).join();
        store.add(entry("c"));
        insert(3).join();

        assertThat(actions()).containsExactly("a", "forged", "b", "c");
        assertThat(verify().intact()).isFalse();
    }

    @Test
    void aWriteThatFailsTakesNothingAlong() throws Exception {
        insert(1).join();
        store.add(entry("a"));

        assertThatThrownBy(() -> insert(1).join()).isNotNull();
        assertThat(newestFirst()).isEmpty();
        assertThat(store.waiting()).isEqualTo(1);

        insert(2).join();
        assertThat(actions()).containsExactly("a");
        assertThat(verify().intact()).isTrue();
    }

    @Test
    void whatIsIntendedIsStoredWithTheFirstThingThatIsDone() {
        AuditIntent intent = new AuditIntent(() -> entry("intent"));
        intent.during(() -> {
            assertThat(intent.isTaken()).isFalse();
            database.change(connection -> {
                        connection.execute("INSERT INTO t VALUES (1)");
                        Long recorded = connection.queryFirst("SELECT count(*) FROM audit", row -> row.getLong(1));
                        assertThat(recorded).as("in the same transaction").isEqualTo(1);
                    })
                    .join();
            return insert(2).join();
        });
        insert(3).join();

        assertThat(intent.isTaken()).isTrue();
        assertThat(actions()).containsExactly("intent");
    }

    @Test
    void anIntentionOfWhichNothingIsStoredLeavesNoTrace() {
        AuditIntent intent = new AuditIntent(() -> entry("intent"));
        intent.during(() -> store.before(Long.MAX_VALUE, AuditFilter.ALL, 1));
        insert(1).join();

        assertThat(intent.isTaken()).isFalse();
        assertThat(newestFirst()).isEmpty();
    }

    @Test
    void eachPartOfAFilterCounts() {
        store.add(entry("a").by("k1", Tenant.operator()).in(new VmId(1)));
        store.add(new AuditEntry(NOW.plusSeconds(1), "b", Outcome.REFUSED)
                .by("k2", Tenant.operator())
                .in(new VmId(2)));
        store.flush().join();

        assertThat(found(new AuditFilter(NOW, NOW.plusSeconds(1), null, null, null, null)))
                .containsExactly("a");
        assertThat(found(new AuditFilter(NOW.plusMillis(1), null, null, null, null, null)))
                .containsExactly("b");
        assertThat(found(new AuditFilter(null, null, "k1", null, null, null))).containsExactly("a");
        assertThat(found(new AuditFilter(null, null, null, new VmId(2), null, null)))
                .containsExactly("b");
        assertThat(found(new AuditFilter(null, null, null, null, "b", null))).containsExactly("b");
        assertThat(found(new AuditFilter(null, null, null, null, null, Outcome.DONE)))
                .containsExactly("a");
        assertThat(found(new AuditFilter(null, null, "k1", new VmId(2), null, null)))
                .isEmpty();
        assertThat(found(AuditFilter.ALL)).containsExactly("b", "a");
    }

    private List<String> found(AuditFilter filter) {
        List<String> back = store.before(Long.MAX_VALUE, filter, 10).records().stream()
                .map(AuditRecord::action)
                .toList();
        assertThat(store.after(0, filter).records().reversed())
                .extracting(AuditRecord::action)
                .isEqualTo(back);
        return back;
    }

    @Test
    void listsGoOnWhereTheyEnded() {
        for (int i = 0; i < 1_500; i++) {
            store.add(entry("a" + i));
        }
        store.flush().join();

        List<Long> seen = new ArrayList<>();
        long before = Long.MAX_VALUE;
        do {
            Stretch stretch = store.before(before, AuditFilter.ALL, 400);
            stretch.records().forEach(record -> seen.add(record.seq()));
            before = stretch.end();
        } while (before > 1);
        assertThat(seen).hasSize(1_500).doesNotHaveDuplicates().isSortedAccordingTo((a, b) -> Long.compare(b, a));

        long after = 0;
        List<Long> exported = new ArrayList<>();
        do {
            Stretch stretch = store.after(after, AuditFilter.ALL);
            stretch.records().forEach(record -> exported.add(record.seq()));
            after = stretch.end();
        } while (after < 1_500);
        assertThat(exported).isEqualTo(seen.reversed());
    }

    @Test
    void oldRecordsAreRemovedAndTheChainSaysSo() throws Exception {
        for (int day = 0; day < 10; day++) {
            store.add(new AuditEntry(NOW.plus(Duration.ofDays(day)), "a" + day, Outcome.DONE));
        }
        store.flush().join();
        Instant now = NOW.plus(Duration.ofDays(400));

        assertThat(store.removeBefore(NOW, PruneEntry.at(now)).join()).isZero();
        assertThat(store.removeBefore(NOW.plus(Duration.ofDays(3)), PruneEntry.at(now))
                        .join())
                .isEqualTo(3);
        assertThat(store.removeBefore(NOW.plus(Duration.ofDays(3)), PruneEntry.at(now))
                        .join())
                .isZero();
        assertThat(actions()).containsExactly("a3", "a4", "a5", "a6", "a7", "a8", "a9", AuditRecord.PRUNE);
        AuditRecord removal = newestFirst().getFirst();
        assertThat(removal.subject()).isEqualTo("3:" + newestFirst().getLast().previous());
        assertThat(removal.count()).isEqualTo(3);
        assertThat(removal.at()).isEqualTo(now);
        assertThat(verify().intact()).isTrue();

        assertThat(store.removeBefore(now, PruneEntry.at(now.plusSeconds(1))).join())
                .isEqualTo(7);
        assertThat(store.removeBefore(now.plusSeconds(1), PruneEntry.at(now.plusSeconds(1)))
                        .join())
                .isEqualTo(1);
        assertThat(actions()).containsExactly(AuditRecord.PRUNE, AuditRecord.PRUNE);
        assertThat(verify().intact()).isTrue();
        assertThat(verify().anchor().seq()).isEqualTo(11);
    }

    /** However large its records are, they take up no more. */
    @Test
    void tooManyRecordsGoOldestFirstAndTheChainSaysSo() throws Exception {
        int most = 5_000;
        for (int i = 0; i < 7_100; i++) {
            store.add(new AuditEntry(NOW, "POST /api/v2/vps/{vmid}/executions", Outcome.REFUSED)
                    .by("0123456789ab", account("0123456789ab"))
                    .from("2001:0db8:0000:0000:0000:0000:0000:0001")
                    .request("0197f0c2-6f1e-7c3a-9b1d-5a7e0c4f2b16")
                    .in(new VmId(1_000_000))
                    .execution("0197f0c2-6f1e-7c3a-9b1d-5a7e0c4f2b16")
                    .about("x".repeat(80))
                    .answered(429)
                    .because("idempotency_key_reused"));
        }
        store.flush().join();
        long bytes = (long) most * SqliteAuditStore.RECORD_BYTES;
        long trail = database.read(handle -> handle.createQuery("SELECT sum(pgsize) FROM dbstat WHERE name = 'audit'")
                .mapTo(Long.class)
                .one());
        assertThat(trail).isLessThan(7_100L * SqliteAuditStore.RECORD_BYTES);

        Instant now = NOW.plusSeconds(1);
        int removed = 0;
        for (int some = 1; some > 0; removed += some) {
            some = store.removeBeyond(bytes, PruneEntry.at(now)).join();
        }
        AuditReport report = verify();
        assertThat(report.intact()).as(report.toString()).isTrue();
        assertThat(report.records()).isBetween((long) most * 8 / 10, (long) most);
        assertThat(report.anchor().seq()).isEqualTo(removed);
        assertThat(newestFirst().getFirst().action()).isEqualTo(AuditRecord.PRUNE);
        assertThat(store.removeBeyond(bytes, PruneEntry.at(now)).join()).isZero();
    }

    /** One that was recorded with a clock that went wrong does not let those before it be removed too early. */
    @Test
    void nothingIsRemovedBehindARecordThatIsKept() {
        store.add(new AuditEntry(NOW.plusSeconds(9), "late", Outcome.DONE));
        store.add(new AuditEntry(NOW, "early", Outcome.DONE));
        store.flush().join();

        assertThat(store.removeBefore(NOW.plusSeconds(5), PruneEntry.at(NOW)).join())
                .isZero();
    }

    @Test
    void whatSomebodyPutAtTheEndIsNotWrittenOver() throws Exception {
        store.add(entry("a"));
        store.flush().join();
        database.change(connection -> connection.execute("INSERT INTO audit (seq, at, action, outcome, previous, hash)"
                        + " VALUES (2, 0, 'forged', 'done', zeroblob(32), zeroblob(32))"))
                .join();
        store.add(entry("b"));
        store.flush().join();

        assertThat(actions()).containsExactly("a", "forged", "b");
        assertThat(verify().findings().getFirst().seq()).isEqualTo(2);
    }

    @Test
    void aServerThatRunsIsCheckedAsItIsAtOneMoment() throws Exception {
        try (var threads = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
            var writing = threads.submit(() -> {
                for (int i = 0; i < 500; i++) {
                    store.add(entry("a"));
                    insert(1_000 + i).join();
                }
                return null;
            });
            do {
                AuditReport report = verify();
                assertThat(report.intact()).as(report.toString()).isTrue();
            } while (!writing.isDone());
            writing.get();
        }
        assertThat(verify().records()).isEqualTo(500);
    }
}
