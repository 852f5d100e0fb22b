// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.access.KeyStore;
import dev.bellhop.server.access.KeyStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteKeyStoreTest extends KeyStoreContract {
    @TempDir
    private Path folder;

    private SqliteDatabase database;
    private SqliteKeyStore store;

    @BeforeEach
    void open() throws Exception {
        database = SqliteDatabase.open(folder.resolve("x.db"));
        store = new SqliteKeyStore(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Override
    protected KeyStore store() {
        return store;
    }

    @Override
    protected KeyStore reopened() throws Exception {
        close();
        open();
        return store;
    }
}
