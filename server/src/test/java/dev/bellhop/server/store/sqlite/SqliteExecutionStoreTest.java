// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.execution.ExecutionStore;
import dev.bellhop.server.execution.ExecutionStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteExecutionStoreTest extends ExecutionStoreContract {
    @TempDir
    private Path folder;

    private SqliteDatabase database;
    private ExecutionStore store;

    @BeforeEach
    void open() throws Exception {
        database = SqliteDatabase.open(folder.resolve("x.db"));
        store = TestStores.executions(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Override
    protected ExecutionStore store() {
        return store;
    }

    @Override
    protected ExecutionStore reopened() throws Exception {
        close();
        open();
        return store;
    }
}
