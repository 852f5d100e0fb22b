// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

class MemoryStoreTest extends ExecutionStoreContract {
    private final MemoryStore store = new MemoryStore();

    @Override
    protected ExecutionStore store() {
        return store;
    }

    @Override
    protected ExecutionStore reopened() {
        return store;
    }
}
