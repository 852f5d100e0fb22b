// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditIntent;
import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.audit.AuditStoreContract;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.store.sql.SqlAuditStore;
import dev.bellhop.server.vm.VmId;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class SqliteAuditStoreTest extends AuditStoreContract {
    @RegisterExtension
    private final TempDatabase temp = new TempDatabase();

    private final AtomicInteger written = new AtomicInteger();

    @BeforeEach
    void makeAnotherTable() {
        temp.get()
                .change(connection -> connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
                .join();
    }

    @Override
    protected AuditStore store() {
        return new SqlAuditStore(temp.get());
    }

    @Override
    protected AuditStore reopened() {
        return new SqlAuditStore(temp.reopened());
    }

    @Override
    protected CompletableFuture<Void> write() {
        return insert(written.incrementAndGet());
    }

    @Override
    protected CompletableFuture<Void> failingWrite() {
        return temp.get().change(connection -> {
            connection.execute("INSERT INTO t VALUES (-1)");
            connection.execute("INSERT INTO t VALUES (-1)");
        });
    }

    @Override
    protected int recordBytes() {
        return SqlAuditStore.RECORD_BYTES;
    }

    private CompletableFuture<Void> insert(int n) {
        return temp.get().change(connection -> connection.execute("INSERT INTO t VALUES (?)", n));
    }

    private AuditReport verify() throws Exception {
        return AuditFile.verify(temp.file(), null);
    }

    /** While the server runs, and remembers where its chain ends. */
    @Test
    void aRecordPutInByHandIsNotWrittenOver() throws Exception {
        store().add(entry("a"));
        insert(1).join();
        try (Connection byHand = DriverManager.getConnection("jdbc:sqlite:" + temp.file());
                Statement statement = byHand.createStatement()) {
            statement.execute("CREATE TEMP TABLE copy AS SELECT * FROM audit");
            statement.execute("UPDATE copy SET seq = seq + 1, action = 'forged'");
            statement.execute("INSERT INTO audit SELECT * FROM copy");
        }
        store().add(entry("b"));
        insert(2).join();
        store().add(entry("c"));
        insert(3).join();

        assertThat(actions()).containsExactly("a", "forged", "b", "c");
        assertThat(verify().intact()).isFalse();
    }

    @Test
    void anIntentIsInTheTransactionOfTheChange() {
        new AuditIntent(() -> entry("intent"))
                .during(() -> temp.get()
                        .write(connection ->
                                Objects.requireNonNull(connection.queryFirst("SELECT count(*) FROM audit", row -> {
                                    assertThat(row.getLong(1)).isEqualTo(1);
                                    return true;
                                })))
                        .join());
    }

    /** The bound on the trail counts records, so none may take up more than is said of it. */
    @Test
    void noRecordTakesUpMoreThanItCountsFor() {
        int records = 5_000;
        for (int i = 0; i < records; i++) {
            store().add(new AuditEntry(NOW, "execution.start", Outcome.REFUSED)
                    .through("POST /api/v2/vps/{vmid}/executions")
                    .certificate("ada@example.com serial 7 of CA SHA256:" + "x".repeat(43))
                    .by("0123456789ab", account("0123456789ab"))
                    .from("2001:0db8:0000:0000:0000:0000:0000:0001")
                    .request("0197f0c2-6f1e-7c3a-9b1d-5a7e0c4f2b16")
                    .in(new VmId(1_000_000))
                    .execution("0197f0c2-6f1e-7c3a-9b1d-5a7e0c4f2b16")
                    .about("x".repeat(200))
                    .answered(429)
                    .because("idempotency_key_reused"));
        }
        store().flush().join();

        long trail = temp.get()
                .read(connection -> connection.queryOne(
                        "SELECT sum(pgsize) FROM dbstat WHERE name = 'audit'", row -> row.getLong(1)));
        assertThat(trail).isLessThan((long) records * SqlAuditStore.RECORD_BYTES);
    }

    @Test
    void whatSomebodyPutAtTheEndIsNotWrittenOver() throws Exception {
        store().add(entry("a"));
        store().flush().join();
        temp.get()
                .change(connection -> connection.execute("INSERT INTO audit (seq, at, action, outcome, previous, hash)"
                        + " VALUES (2, 0, 'forged', 'done', zeroblob(32), zeroblob(32))"))
                .join();
        store().add(entry("b"));
        store().flush().join();

        assertThat(actions()).containsExactly("a", "forged", "b");
        assertThat(verify().findings().getFirst().seq()).isEqualTo(2);
    }

    @Test
    void aRunningServerIsCheckedAsItIsAtOneMoment() throws Exception {
        try (var threads = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
            var writing = threads.submit(() -> {
                for (int i = 0; i < 500; i++) {
                    store().add(entry("a"));
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
