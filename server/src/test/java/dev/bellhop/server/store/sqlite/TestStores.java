// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.execution.ExecutionStore;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.service.EndEntries;

/** Stores in a database, with the audit trail's entries as the server has them. */
public final class TestStores {
    private TestStores() {}

    /** Keeps all that it is given. */
    public static ExecutionStore executions(SqliteDatabase database) {
        return new SqliteExecutionStore(database, TestExecutions.unlimited(), EndEntries::of);
    }

    public static OperationStore operations(SqliteDatabase database) {
        return new SqliteOperationStore(database, EndEntries::of);
    }
}
