// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.policy.SavedCommandStore;
import dev.bellhop.server.policy.SavedCommandStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteSavedCommandStoreTest extends SavedCommandStoreContract {
    @TempDir
    private Path folder;

    private SqliteDatabase database;
    private SavedCommandStore store;

    @BeforeEach
    void open() throws Exception {
        database = SqliteDatabase.open(folder.resolve("x.db"));
        store = new SqliteSavedCommandStore(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Override
    protected SavedCommandStore store() {
        return store;
    }

    @Override
    protected SavedCommandStore reopened() throws Exception {
        close();
        open();
        return store;
    }
}
