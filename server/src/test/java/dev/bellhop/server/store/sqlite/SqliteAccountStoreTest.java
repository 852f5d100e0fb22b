// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.access.AccountStore;
import dev.bellhop.server.access.AccountStoreContract;
import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.policy.SavedCommandStore;
import org.junit.jupiter.api.extension.RegisterExtension;

class SqliteAccountStoreTest extends AccountStoreContract {
    @RegisterExtension
    private final TempDatabase temp = new TempDatabase();

    @Override
    protected AccountStore store() {
        return new SqliteAccountStore(temp.get());
    }

    @Override
    protected AccountStore reopened() {
        return new SqliteAccountStore(temp.reopened());
    }

    @Override
    protected SavedCommandStore savedCommands() {
        return new SqliteSavedCommandStore(temp.get());
    }

    @Override
    protected AuditStore audit() {
        return new SqliteAuditStore(temp.get());
    }
}
