// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.app.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folder that holds all data of the server: commands, their output, and keys. Other users must not read it. */
public final class DataFolder {
    public static final String DATABASE = "bellhop.db";

    private static final List<String> FILES = List.of(
            DATABASE, DATABASE + "-wal", DATABASE + "-shm", DataLock.FILE, AdminKey.FILE, AdminKey.FILE + ".new");

    private static final Logger log = LoggerFactory.getLogger(DataFolder.class);

    /** A group may read the folder, for example for backups. */
    private static final Set<PosixFilePermission> NOT_OF_FOLDER = PosixFilePermissions.fromString("----w-rwx");

    private static final Set<PosixFilePermission> NOT_OF_FILES = PosixFilePermissions.fromString("---rwxrwx");

    private DataFolder() {}

    /**
     * Creates the folder if it is missing, and removes other users' permissions on its files: anyone who can read the
     * lock file can hold the lock. A file of encryption keys is left unchanged, because the server refuses one that
     * others may read.
     */
    public static void prepare(Path folder) throws ConfigException {
        try {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new ConfigException("Cannot make the data folder " + folder + ": "
                    + e.getClass().getSimpleName() + "; make it yourself and give it to the user that runs the server");
        }
        if (!Files.isWritable(folder)) {
            throw new ConfigException(
                    "Cannot write to the data folder " + folder + "; give it to the user that runs the server");
        }
        take(folder, NOT_OF_FOLDER);
        for (String name : FILES) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                take(file, NOT_OF_FILES);
            }
        }
    }

    /**
     * Fails if another user owns an existing folder: files made by this user would lock the server out.
     *
     * @param task the task that is then impossible
     * @param command the command that performs it
     */
    public static void requireOwner(Path folder, String task, String command) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        String owner = Files.getOwner(folder).getName();
        if (!owner.equals(System.getProperty("user.name"))) {
            throw new IOException("Cannot " + task + " in " + folder + " because the folder is " + owner
                    + "'s; run this as that user: runuser -u " + owner + " -- bellhop " + command);
        }
    }

    private static void take(Path file, Set<PosixFilePermission> permissions) throws ConfigException {
        try {
            Set<PosixFilePermission> kept = Files.getPosixFilePermissions(file);
            String before = PosixFilePermissions.toString(kept);
            if (kept.removeAll(permissions)) {
                Files.setPosixFilePermissions(file, kept);
                log.warn("{} was open to others ({}) and is no longer", file, before);
            }
        } catch (IOException e) {
            throw new ConfigException(
                    "Cannot use " + file + " because others may read or write it, and it is not this user's"
                            + " to change; give it to the user that runs the server, or: chmod go= " + file);
        }
    }
}
