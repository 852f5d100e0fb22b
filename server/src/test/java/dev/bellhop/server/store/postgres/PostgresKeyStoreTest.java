// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.access.KeyStore;
import dev.bellhop.server.access.KeyStoreContract;
import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.store.sql.SqlAuditStore;
import dev.bellhop.server.store.sql.SqlKeyStore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("real")
@Tag("cluster")
class PostgresKeyStoreTest extends KeyStoreContract {
    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    @Override
    protected KeyStore store() {
        return new SqlKeyStore(temp.get());
    }

    @Override
    protected KeyStore reopened() {
        return new SqlKeyStore(temp.reopened());
    }

    @Override
    protected AuditStore audit() {
        return new SqlAuditStore(temp.get());
    }
}
