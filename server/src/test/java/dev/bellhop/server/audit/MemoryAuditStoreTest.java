// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import java.util.concurrent.CompletableFuture;

class MemoryAuditStoreTest extends AuditStoreContract {
    private final MemoryAuditStore store = new MemoryAuditStore();

    @Override
    protected AuditStore store() {
        return store;
    }

    @Override
    protected AuditStore reopened() {
        return store;
    }

    @Override
    protected CompletableFuture<Void> write() {
        return store.change(() -> {});
    }

    @Override
    protected CompletableFuture<Void> failingWrite() {
        return store.change(() -> MemoryAuditStore.require(false));
    }

    @Override
    protected int recordBytes() {
        return MemoryAuditStore.RECORD_BYTES;
    }
}
