// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.audit.MemoryAuditStore;

class MemoryMaskStoreTest extends MaskStoreContract {
    private final MemoryAuditStore audit = new MemoryAuditStore();
    private final MemoryMaskStore store = new MemoryMaskStore(audit);

    @Override
    protected MaskStore store() {
        return store;
    }

    @Override
    protected MaskStore reopened() {
        return store;
    }

    @Override
    protected AuditStore audit() {
        return audit;
    }
}
