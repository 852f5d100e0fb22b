// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.execution.TestExecutions;

class MemoryStoreTest extends ExecutionStoreContract {
    private final MemoryAuditStore audit = new MemoryAuditStore();
    private final MemoryStore store = new MemoryStore(TestExecutions.unlimited(), audit);

    @Override
    protected ExecutionStore store() {
        return store;
    }

    @Override
    protected ExecutionStore reopened() {
        return store;
    }

    @Override
    protected AuditStore audit() {
        return audit;
    }
}
