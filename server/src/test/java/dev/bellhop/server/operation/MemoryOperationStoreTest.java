// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

class MemoryOperationStoreTest extends OperationStoreContract {
    private final MemoryOperationStore store = new MemoryOperationStore();

    @Override
    protected OperationStore store() {
        return store;
    }

    @Override
    protected OperationStore reopened() {
        return store;
    }
}
