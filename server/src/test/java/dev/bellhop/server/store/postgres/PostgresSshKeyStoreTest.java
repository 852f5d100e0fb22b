// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.access.KeyStore;
import dev.bellhop.server.access.ssh.SshKeyStore;
import dev.bellhop.server.access.ssh.SshKeyStoreContract;
import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.store.sql.SqlAuditStore;
import dev.bellhop.server.store.sql.SqlKeyStore;
import dev.bellhop.server.store.sql.SqlSshKeyStore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("real")
@Tag("cluster")
class PostgresSshKeyStoreTest extends SshKeyStoreContract {
    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    @Override
    protected SshKeyStore store() {
        return new SqlSshKeyStore(temp.get());
    }

    @Override
    protected SshKeyStore reopened() {
        return new SqlSshKeyStore(temp.reopened());
    }

    @Override
    protected AuditStore audit() {
        return new SqlAuditStore(temp.get());
    }

    @Override
    protected KeyStore apiKeys() {
        return new SqlKeyStore(temp.get());
    }
}
