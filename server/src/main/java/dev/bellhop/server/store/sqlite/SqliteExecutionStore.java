// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionIntake;
import dev.bellhop.server.execution.ExecutionJournal;
import dev.bellhop.server.execution.ExecutionReader;
import dev.bellhop.server.execution.ExecutionStore;
import dev.bellhop.server.execution.StorageQuota;
import java.util.function.Function;

/** The store of executions in SQLite. */
public final class SqliteExecutionStore implements ExecutionStore {
    private final ExecutionReader reader;
    private final ExecutionIntake intake;
    private final ExecutionJournal journal;

    /** Counts what is stored already in the quota, in which nothing is counted yet. */
    public SqliteExecutionStore(
            SqliteDatabase database, StorageQuota quota, Function<Execution, AuditEntry> endEntries) {
        this.reader = new SqliteExecutionReader(database);
        this.intake = new SqliteExecutionIntake(database, quota);
        this.journal = new SqliteExecutionJournal(database, quota, endEntries);
        StoredSizes.count(database, quota);
    }

    @Override
    public ExecutionReader reader() {
        return reader;
    }

    @Override
    public ExecutionIntake intake() {
        return intake;
    }

    @Override
    public ExecutionJournal journal() {
        return journal;
    }
}
