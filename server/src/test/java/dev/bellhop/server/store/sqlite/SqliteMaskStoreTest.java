// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.masking.MaskStore;
import dev.bellhop.server.masking.MaskStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteMaskStoreTest extends MaskStoreContract {
    @TempDir
    private Path folder;

    private SqliteDatabase database;
    private MaskStore store;

    @BeforeEach
    void open() throws Exception {
        database = SqliteDatabase.open(folder.resolve("x.db"));
        store = new SqliteMaskStore(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Override
    protected MaskStore store() {
        return store;
    }

    @Override
    protected MaskStore reopened() throws Exception {
        close();
        open();
        return store;
    }
}
