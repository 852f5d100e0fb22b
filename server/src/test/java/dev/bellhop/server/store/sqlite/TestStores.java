// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.access.ssh.SshKeyStore;
import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.recording.RecordingStore;
import dev.bellhop.server.service.EndEntries;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.sql.SqlExecutionStore;
import dev.bellhop.server.store.sql.SqlOperationStore;
import dev.bellhop.server.store.sql.SqlRecordingStore;
import dev.bellhop.server.store.sql.SqlSshKeyStore;
import java.io.IOException;
import java.nio.file.Path;

/** Stores in a database, with the audit trail's entries as the server has them. */
public final class TestStores {
    private TestStores() {}

    /** A database with its encryption keys in a file beside it. */
    public static SqliteDatabase open(Path file) throws IOException {
        return SqliteDatabase.open(file, new KeyFile(file.resolveSibling(KeyFile.NAME)));
    }

    /** Keeps all that it is given. */
    public static ExecutionStore executions(SqlDatabase database) {
        return new SqlExecutionStore(database, TestExecutions.unlimited(), EndEntries::of);
    }

    public static OperationStore operations(SqlDatabase database) {
        return new SqlOperationStore(database, EndEntries::of);
    }

    public static SshKeyStore sshKeys(SqliteDatabase database) {
        return new SqlSshKeyStore(database);
    }

    public static RecordingStore recordings(SqlDatabase database) {
        return new SqlRecordingStore(database, EndEntries::of);
    }
}
