// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.offline;

import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.server.app.DataFolder;
import dev.bellhop.server.app.DataLock;
import dev.bellhop.server.app.Databases;
import dev.bellhop.server.app.config.Config;
import dev.bellhop.server.app.config.ConfigException;
import dev.bellhop.server.app.config.ConfigReader;
import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.store.sqlite.DatabaseFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * Backs up a server's database on the server's machine, and restores it. Needs the server's configuration, not a
 * running server.
 */
public final class OfflineBackup {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private OfflineBackup() {}

    /**
     * A backup that was just written.
     *
     * @param bytes the size of its file
     * @param audit the state of the audit trail in it
     * @param keys where the encryption keys are; the backup is unusable without them
     */
    public record Written(long bytes, AuditReport audit, KeySource keys) {}

    /**
     * Writes a consistent snapshot of the database into a new file. The server can run.
     *
     * @throws IOException if this fails, with a message for a person; then there is no such file
     */
    public static Written write(Path configFile, Path target) throws IOException {
        Config config = read(configFile);
        try {
            AuditReport audit = DatabaseFile.backUp(Databases.file(config, "write a backup"), target);
            return new Written(Files.size(target), audit, config.encryptionKeys());
        } catch (FileAlreadyExistsException e) {
            throw new IOException(
                    "Cannot write a backup to " + target + " because the file exists; give another name", e);
        } catch (NoSuchFileException e) {
            throw new IOException("Cannot write a backup to " + target + " because there is no such folder", e);
        } catch (AccessDeniedException e) {
            throw new IOException("Cannot write a backup to " + target + " because this user may not write there", e);
        }
    }

    /**
     * A restored backup.
     *
     * @param audit the state of the audit trail in it
     * @param before the new path of the replaced database; absent if there was none
     */
    public record Restored(AuditReport audit, @Nullable Path before) {}

    /**
     * Replaces the database with a backup.
     *
     * @throws IOException if this fails, with a message for a person; then the database is unchanged
     */
    public static Restored restore(Path configFile, Path copy) throws IOException {
        Config config = read(configFile);
        Path database = Databases.file(config, "restore a backup");
        if (!Files.isDirectory(config.data())) {
            throw new IOException("Cannot restore into " + config.data()
                    + " because there is no such folder; make it, and give it to the user that runs the server");
        }
        Path before = database.resolveSibling(DataFolder.DATABASE + ".before-" + TIME.format(Instant.now()));
        boolean replaces = Files.exists(database);
        try (FileChannel _ = DataLock.take(config.data())) {
            // If root made it, it would lock the server out.
            Files.setOwner(config.data().resolve(DataLock.FILE), Files.getOwner(config.data()));
            AuditReport audit = DatabaseFile.restore(copy, database, config.encryptionKeys(), before);
            return new Restored(audit, replaces ? before : null);
        } catch (EncryptionKeysException e) {
            throw new IOException(
                    e.getMessage() + ". A backup needs the encryption keys of its time, in " + config.encryptionKeys(),
                    e);
        } catch (ConfigException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    static Config read(Path configFile) throws IOException {
        try {
            return ConfigReader.read(configFile);
        } catch (ConfigException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
