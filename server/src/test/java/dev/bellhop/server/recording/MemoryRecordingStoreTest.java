// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.audit.MemoryAuditStore;

class MemoryRecordingStoreTest extends RecordingStoreContract {
    private final MemoryAuditStore audit = new MemoryAuditStore();
    private final MemoryRecordingStore store = new MemoryRecordingStore(audit);

    @Override
    protected RecordingStore store() {
        return store;
    }

    @Override
    protected RecordingStore reopened() {
        return store;
    }

    @Override
    protected AuditStore audit() {
        return audit;
    }
}
