// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.policy.MemorySavedCommandStore;
import dev.bellhop.server.policy.SavedCommandStore;

class MemoryAccountStoreTest extends AccountStoreContract {
    private final MemoryAuditStore audit = new MemoryAuditStore();
    private final MemorySavedCommandStore savedCommands = new MemorySavedCommandStore(audit);
    private final MemoryAccountStore store = new MemoryAccountStore(audit, savedCommands);

    @Override
    protected AccountStore store() {
        return store;
    }

    @Override
    protected AccountStore reopened() {
        return store;
    }

    @Override
    protected SavedCommandStore savedCommands() {
        return savedCommands;
    }

    @Override
    protected AuditStore audit() {
        return audit;
    }
}
