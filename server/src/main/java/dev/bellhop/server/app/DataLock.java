// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.app.config.ConfigException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Keeps a second server out of a data folder: two servers would poll the same pids and take each other's results. The
 * kernel releases the lock when the process ends, even after a crash.
 */
public final class DataLock {
    public static final String FILE = "lock";

    private DataLock() {}

    /** Takes the lock, which is held until the channel is closed. */
    public static FileChannel take(Path data) throws IOException, ConfigException {
        Path file = data.resolve(FILE);
        // Any user who can open the file can lock it.
        FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        if (!locked(channel)) {
            channel.close();
            throw new ConfigException(
                    "Cannot use the data folder " + data + " because another server uses it, or another program"
                            + " has locked " + file + " (fuser " + file + " tells which); stop that one first");
        }
        return channel;
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException heldByThisProcess) {
            return false;
        }
    }
}
