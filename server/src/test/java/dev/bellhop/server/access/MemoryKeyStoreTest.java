// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

class MemoryKeyStoreTest extends KeyStoreContract {
    private final MemoryKeyStore store = new MemoryKeyStore();

    @Override
    protected KeyStore store() {
        return store;
    }

    @Override
    protected KeyStore reopened() {
        return store;
    }
}
