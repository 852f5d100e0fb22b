// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeySource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * Operations on a database file from outside its server: check and backup while the server uses it, restore while none
 * does.
 */
public final class DatabaseFile {
    private DatabaseFile() {}

    /**
     * Checks that a server can use the database. Changes nothing.
     *
     * @throws EncryptionKeysException if the database was encrypted with other keys
     * @throws IOException if a server cannot use it, with a message for a person
     */
    public static void requireUsable(Path database, KeySource keys) throws IOException {
        try {
            byte[] check = OfflineReader.read(
                    database, connection -> StoredForm.of(database, connection).check());
            if (check != null) {
                ContentCipher.requireKeys(keys, check);
            }
        } catch (SQLException e) {
            throw new DamagedDatabaseException(
                    "Cannot use the database " + database + " because it is damaged, or is no database at all ("
                            + e.getMessage() + ")",
                    e);
        }
    }

    /**
     * Writes a snapshot of the database, in use by a server or not, into a new file. If the file has its final name, it
     * is complete and durable. Only its owner can read it.
     *
     * @return the check of the audit trail in the copy
     * @throws FileAlreadyExistsException if the file exists
     * @throws IOException if the backup fails, with a message for a person
     */
    public static AuditReport backUp(Path database, Path target) throws IOException {
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        Path partial = target.resolveSibling(target.getFileName() + ".partial");
        try {
            copy(database, partial);
            DatabaseCheck.readAll(partial);
            AuditReport audit = AuditFile.verify(partial, null);
            sync(partial);
            // Unlike a move, a link fails if another backup has taken the name in the meantime.
            Files.createLink(target, partial);
            syncFolder(target);
            return audit;
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    private static void copy(Path database, Path target) throws IOException {
        try {
            OfflineReader.read(database, connection -> {
                Files.deleteIfExists(target);
                // SQLite writes into an empty file, and keeps its mode.
                Files.createFile(
                        target, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                try (PreparedStatement copy = connection.prepareStatement("VACUUM INTO ?")) {
                    copy.setString(1, target.toString());
                    copy.execute();
                }
                return target;
            });
        } catch (SQLException e) {
            throw new IOException("Cannot copy the database " + database + " (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Replaces a database that no server uses with a copy. On failure, the database is unchanged; otherwise it gets
     * another name, together with its log. If the process is killed in the last moment, restore again.
     *
     * @param keys the encryption keys that the copy must have
     * @param aside the new name of the present database, if there is one
     * @return the check of the audit trail in the copy
     * @throws EncryptionKeysException if the copy was encrypted with other keys
     * @throws IOException if the copy is incomplete or cannot be put in place, with a message for a person
     */
    public static AuditReport restore(Path copy, Path database, KeySource keys, Path aside) throws IOException {
        if (Files.isRegularFile(copy) && Files.size(copy) == 0) {
            throw new DamagedDatabaseException("Cannot restore " + copy + " because it is empty");
        }
        requireUsable(copy, keys);
        DatabaseCheck.readAll(copy);
        AuditReport audit = AuditFile.verify(copy, null);
        Path fresh = database.resolveSibling(database.getFileName() + ".restoring");
        try {
            copy(copy, fresh);
            // The server must be able to use it, whichever user restores it.
            Files.setOwner(fresh, Files.getOwner(folder(database)));
            sync(fresh);
            replace(database, fresh, aside);
            syncFolder(database);
        } finally {
            Files.deleteIfExists(fresh);
        }
        return audit;
    }

    private static void replace(Path database, Path fresh, Path aside) throws IOException {
        Path log = WalFile.of(database);
        boolean hasLog = Files.exists(log);
        if (Files.exists(database)) {
            Files.createLink(aside, database);
        }
        try {
            // Even if the database is gone: SQLite would use the old log for the new database.
            if (hasLog) {
                Files.move(log, WalFile.of(aside));
            }
            Files.deleteIfExists(database.resolveSibling(database.getFileName() + "-shm"));
            Files.move(fresh, database, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (hasLog && !Files.exists(log)) {
                Files.move(WalFile.of(aside), log);
            }
            Files.deleteIfExists(aside);
            throw e;
        }
    }

    static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    static void syncFolder(Path file) throws IOException {
        try (FileChannel folder = FileChannel.open(folder(file), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    private static Path folder(Path file) {
        return file.resolveSibling(".");
    }
}
