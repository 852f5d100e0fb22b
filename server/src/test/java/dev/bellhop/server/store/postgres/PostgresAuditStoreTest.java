// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.audit.AuditStoreContract;
import dev.bellhop.server.store.sql.SqlAuditStore;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
@Tag("real")
@Tag("cluster")
class PostgresAuditStoreTest extends AuditStoreContract {
    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    private final AtomicInteger written = new AtomicInteger();

    @BeforeEach
    void makeAnotherTable() {
        temp.execute("CREATE TABLE t (n integer PRIMARY KEY)");
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
        int n = written.incrementAndGet();
        return temp.get().change(connection -> connection.execute("INSERT INTO t VALUES (?)", n));
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

    @Test
    void slipsDoNotChangeTheTrail() {
        store().add(entry("a"));
        write().join();

        for (String slip : new String[] {"UPDATE audit SET action = 'b'", "DELETE FROM audit", "TRUNCATE audit"}) {
            assertThatThrownBy(() -> temp.execute(slip)).hasRootCauseMessage("""
                    ERROR: the audit trail is only ever added to
                      Where: PL/pgSQL function %s() line %s at RAISE""".formatted(
                            slip.startsWith("DELETE") ? "refuse_shorter_audit" : "refuse_change_of_audit",
                            slip.startsWith("DELETE") ? "4" : "3"));
        }
        assertThat(actions()).containsExactly("a");
    }
}
