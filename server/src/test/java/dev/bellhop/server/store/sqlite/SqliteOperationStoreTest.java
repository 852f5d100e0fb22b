// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.operation.OperationStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteOperationStoreTest extends OperationStoreContract {
    @TempDir
    private Path folder;

    private SqliteDatabase database;
    private OperationStore store;

    @BeforeEach
    void open() throws Exception {
        database = SqliteDatabase.open(folder.resolve("x.db"));
        store = TestStores.operations(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Override
    protected OperationStore store() {
        return store;
    }

    @Override
    protected OperationStore reopened() throws Exception {
        close();
        open();
        return store;
    }
}
