// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access.ssh;

import dev.bellhop.server.access.KeyStore;
import dev.bellhop.server.access.MemoryKeyStore;
import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.audit.MemoryAuditStore;

class MemorySshKeyStoreTest extends SshKeyStoreContract {
    private final MemoryAuditStore audit = new MemoryAuditStore();
    private final MemorySshKeyStore store = new MemorySshKeyStore(audit);

    @Override
    protected SshKeyStore store() {
        return store;
    }

    @Override
    protected SshKeyStore reopened() {
        return store;
    }

    @Override
    protected KeyStore apiKeys() {
        return new MemoryKeyStore(audit, store::forget);
    }

    @Override
    protected AuditStore audit() {
        return audit;
    }
}
