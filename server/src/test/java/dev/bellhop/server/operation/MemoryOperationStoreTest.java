// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.audit.MemoryAuditStore;

class MemoryOperationStoreTest extends OperationStoreContract {
    private final MemoryAuditStore audit = new MemoryAuditStore();
    private final MemoryOperationStore store = new MemoryOperationStore(audit);

    @Override
    protected OperationStore store() {
        return store;
    }

    @Override
    protected OperationStore reopened() {
        return store;
    }

    @Override
    protected AuditStore audit() {
        return audit;
    }
}
