// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.access.AccountStore;
import dev.bellhop.server.access.AccountStoreContract;
import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.policy.SavedCommandStore;
import dev.bellhop.server.store.sql.SqlAccountStore;
import dev.bellhop.server.store.sql.SqlAuditStore;
import dev.bellhop.server.store.sql.SqlSavedCommandStore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("real")
@Tag("cluster")
class PostgresAccountStoreTest extends AccountStoreContract {
    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    @Override
    protected AccountStore store() {
        return new SqlAccountStore(temp.get());
    }

    @Override
    protected AccountStore reopened() {
        return new SqlAccountStore(temp.reopened());
    }

    @Override
    protected SavedCommandStore savedCommands() {
        return new SqlSavedCommandStore(temp.get());
    }

    @Override
    protected AuditStore audit() {
        return new SqlAuditStore(temp.get());
    }
}
