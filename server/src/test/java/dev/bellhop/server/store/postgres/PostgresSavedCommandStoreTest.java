// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.policy.SavedCommandStore;
import dev.bellhop.server.policy.SavedCommandStoreContract;
import dev.bellhop.server.store.sql.SqlAuditStore;
import dev.bellhop.server.store.sql.SqlSavedCommandStore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("real")
@Tag("cluster")
class PostgresSavedCommandStoreTest extends SavedCommandStoreContract {
    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    @Override
    protected SavedCommandStore store() {
        return new SqlSavedCommandStore(temp.get());
    }

    @Override
    protected SavedCommandStore reopened() {
        return new SqlSavedCommandStore(temp.reopened());
    }

    @Override
    protected AuditStore audit() {
        return new SqlAuditStore(temp.get());
    }
}
