// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.access.AccountStore;
import dev.bellhop.server.access.AccountStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteAccountStoreTest extends AccountStoreContract {
    @TempDir
    private Path folder;

    private SqliteDatabase database;
    private AccountStore store;

    @BeforeEach
    void open() throws Exception {
        database = SqliteDatabase.open(folder.resolve("x.db"));
        store = new SqliteAccountStore(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Override
    protected AccountStore store() {
        return store;
    }

    @Override
    protected AccountStore reopened() throws Exception {
        close();
        open();
        return store;
    }
}
