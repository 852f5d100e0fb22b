// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.store.ExecutionIntake;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.execution.store.ExecutionReader;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.execution.store.StorageQuota;
import dev.bellhop.server.store.SqlDatabase;
import java.util.function.Function;

/** The store of executions. */
public final class SqlExecutionStore implements ExecutionStore {
    private final SqlDatabase database;
    private final StorageQuota quota;
    private final ExecutionReader reader;
    private final ExecutionIntake intake;
    private final ExecutionJournal journal;

    /** Adds the stored executions to the quota, which must be empty. */
    public SqlExecutionStore(SqlDatabase database, StorageQuota quota, Function<Execution, AuditEntry> endEntries) {
        this.database = database;
        this.quota = quota;
        this.reader = new SqlExecutionReader(database);
        this.intake = new SqlExecutionIntake(database, quota, endEntries);
        this.journal = new SqlExecutionJournal(database, quota, endEntries);
        StoredSizes.count(database, quota);
    }

    /** Recounts the quota from the data of all servers in a cluster. Takes as long as reading an index. */
    public void recount() {
        StoredSizes.recount(database, quota);
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
