// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.audit.MemoryAuditStore;

class MemoryKeyStoreTest extends KeyStoreContract {
    private final MemoryAuditStore audit = new MemoryAuditStore();
    private final MemoryKeyStore store = new MemoryKeyStore(audit);

    @Override
    protected KeyStore store() {
        return store;
    }

    @Override
    protected KeyStore reopened() {
        return store;
    }

    @Override
    protected AuditStore audit() {
        return audit;
    }
}
