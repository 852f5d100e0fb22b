// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.offline;

import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.server.app.DataFolder;
import dev.bellhop.server.app.DataLock;
import dev.bellhop.server.app.Databases;
import dev.bellhop.server.app.config.Config;
import dev.bellhop.server.app.config.ConfigException;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.store.copy.CopySource;
import dev.bellhop.server.store.copy.CopyTarget;
import dev.bellhop.server.store.copy.StoreCopy;
import dev.bellhop.server.store.postgres.PostgresCopySource;
import dev.bellhop.server.store.postgres.PostgresCopyTarget;
import dev.bellhop.server.store.postgres.PostgresSettings;
import dev.bellhop.server.store.sqlite.SqliteCopySource;
import dev.bellhop.server.store.sqlite.SqliteCopyTarget;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Copies all data of a stopped server from a file into a PostgreSQL database, or back. */
public final class OfflineCopy {
    private static final String TASK = "copy what is stored";
    private static final String COMMAND = "store copy";

    private OfflineCopy() {}

    /** Receives the number of copied rows of a table from time to time. */
    @FunctionalInterface
    public interface Progress {
        void copied(String table, long rows, long of);
    }

    /**
     * A copy that a server can be started with.
     *
     * @param from the source database, which is unchanged
     * @param to the database of the copy
     * @param rows number of rows by table
     * @param audit the state of the audit trail in the copy
     */
    public record Copied(String from, String to, SortedMap<String, Long> rows, AuditReport audit) {}

    /**
     * Copies all data.
     *
     * @param fromFile the configuration of the stopped server
     * @param toFile the configuration of a server for the copy; both can have the same data folder
     * @throws IOException if this fails, with a message for a person; then no server starts with the copy
     */
    public static Copied copy(Path fromFile, Path toFile, Progress progress) throws IOException {
        Config from = OfflineBackup.read(fromFile);
        Config to = OfflineBackup.read(toFile);
        if ((from.postgres() == null) == (to.postgres() == null)) {
            throw new IOException("Cannot copy from " + fromFile + " to " + toFile + " because both name "
                    + (from.postgres() == null
                            ? "a file; use 'bellhop backup' and 'bellhop restore'"
                            : "a PostgreSQL; use pg_dump and pg_restore"));
        }
        DataFolder.requireOwner(from.data(), TASK, COMMAND);
        DataFolder.requireOwner(to.data(), TASK, COMMAND);
        if (!Files.isDirectory(from.data())) {
            throw new IOException("Cannot copy from " + from.data() + " because there is no such folder");
        }
        try {
            DataFolder.prepare(to.data());
            try (Closeable _ = DataLock.take(from.data());
                    Closeable _ = lockOther(from.data(), to.data())) {
                ContentCipher.requireAll(from.encryptionKeys(), to.encryptionKeys());
                return copy(from, to, progress);
            }
        } catch (ConfigException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static Copied copy(Config from, Config to, Progress progress) throws IOException {
        try (CopySource source = source(from);
                CopyTarget target = target(to, source.check())) {
            StoreCopy.Copied copied = StoreCopy.run(source, target, progress::copied);
            return new Copied(source.toString(), target.toString(), copied.rows(), copied.audit());
        }
    }

    private static CopySource source(Config config) throws IOException {
        @Nullable PostgresSettings postgres = config.postgres();
        return postgres == null ? SqliteCopySource.open(Databases.path(config)) : PostgresCopySource.open(postgres);
    }

    private static CopyTarget target(Config config, byte[] check) throws IOException {
        @Nullable PostgresSettings postgres = config.postgres();
        return postgres == null
                ? SqliteCopyTarget.open(Databases.path(config), config.encryptionKeys(), check)
                : PostgresCopyTarget.open(postgres, config.encryptionKeys(), check);
    }

    /** Locks the other data folder, if it is a different one. */
    private static Closeable lockOther(Path locked, Path other) throws IOException, ConfigException {
        return Files.isSameFile(locked, other) ? () -> {} : DataLock.take(other);
    }
}
