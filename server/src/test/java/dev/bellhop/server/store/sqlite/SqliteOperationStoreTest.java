// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.operation.OperationStoreContract;
import dev.bellhop.server.store.sql.SqlAuditStore;
import org.junit.jupiter.api.extension.RegisterExtension;

class SqliteOperationStoreTest extends OperationStoreContract {
    @RegisterExtension
    private final TempDatabase temp = new TempDatabase();

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
