// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.access.KeyStore;
import dev.bellhop.server.access.ssh.SshKeyStore;
import dev.bellhop.server.access.ssh.SshKeyStoreContract;
import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.store.sql.SqlAuditStore;
import dev.bellhop.server.store.sql.SqlKeyStore;
import dev.bellhop.server.store.sql.SqlSshKeyStore;
import org.junit.jupiter.api.extension.RegisterExtension;

class SqliteSshKeyStoreTest extends SshKeyStoreContract {
    @RegisterExtension
    private final TempDatabase temp = new TempDatabase();

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
