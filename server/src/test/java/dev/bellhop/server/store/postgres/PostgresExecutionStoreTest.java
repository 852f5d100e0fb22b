// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.execution.store.ExecutionStoreContract;
import dev.bellhop.server.store.sql.SqlAuditStore;
import dev.bellhop.server.store.sqlite.TestStores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("real")
@Tag("cluster")
class PostgresExecutionStoreTest implements ExecutionStoreContract {
    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    private ExecutionStore store;

    @BeforeEach
    void open() {
        store = TestStores.executions(temp.get());
    }

    @Override
    public ExecutionStore store() {
        return store;
    }

    @Override
    public ExecutionStore reopened() {
        temp.reopened();
        open();
        return store;
    }

    @Override
    public AuditStore audit() {
        return new SqlAuditStore(temp.get());
    }
}
