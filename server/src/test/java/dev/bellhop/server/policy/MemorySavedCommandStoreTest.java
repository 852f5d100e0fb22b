// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.audit.MemoryAuditStore;

class MemorySavedCommandStoreTest extends SavedCommandStoreContract {
    private final MemoryAuditStore audit = new MemoryAuditStore();
    private final MemorySavedCommandStore store = new MemorySavedCommandStore(audit);

    @Override
    protected SavedCommandStore store() {
        return store;
    }

    @Override
    protected SavedCommandStore reopened() {
        return store;
    }

    @Override
    protected AuditStore audit() {
        return audit;
    }
}
