// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.operation.OperationStoreContract;
import dev.bellhop.server.store.sql.SqlAuditStore;
import dev.bellhop.server.store.sqlite.TestStores;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("real")
@Tag("cluster")
class PostgresOperationStoreTest extends OperationStoreContract {
    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    @Override
    protected OperationStore store() {
        return TestStores.operations(temp.get());
    }

    @Override
    protected OperationStore reopened() {
        return TestStores.operations(temp.reopened());
    }

    @Override
    protected AuditStore audit() {
        return new SqlAuditStore(temp.get());
    }
}
