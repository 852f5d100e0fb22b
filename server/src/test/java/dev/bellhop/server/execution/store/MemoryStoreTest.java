// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.execution.TestExecutions;

class MemoryStoreTest implements ExecutionStoreContract {
    private final MemoryAuditStore audit = new MemoryAuditStore();
    private final MemoryStore store = new MemoryStore(TestExecutions.unlimited(), audit);

    @Override
    public ExecutionStore store() {
        return store;
    }

    @Override
    public ExecutionStore reopened() {
        return store;
    }

    @Override
    public AuditStore audit() {
        return audit;
    }
}
