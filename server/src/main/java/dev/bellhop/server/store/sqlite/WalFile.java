// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SQLite's log beside a database file. SQLite has no locks on it, so opening and closing it here is safe. Used by one
 * thread at a time.
 */
final class WalFile implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WalFile.class);

    /** SQLite truncates the log to this size when it restarts it. */
    static final int LIMIT_BYTES = 64 << 20;

    /** The position of two numbers in the header that change each time the log is restarted. */
    private static final int SALTS = 16;

    private final Path path;
    private final ByteBuffer salts = ByteBuffer.allocate(Long.BYTES);
    private @Nullable FileChannel channel;
    private long last;

    WalFile(Path database) {
        this.path = of(database);
    }

    static Path of(Path database) {
        return database.resolveSibling(database.getFileName() + "-wal");
    }

    /** Returns whether the log was restarted since the last call; false at first. */
    boolean isBegunAnew() {
        try {
            FileChannel open = open();
            salts.clear();
            if (open == null || open.read(salts, SALTS) < Long.BYTES) {
                return false;
            }
            long now = salts.getLong(0);
            boolean anew = last != 0 && now != last;
            last = now;
            return anew;
        } catch (IOException e) {
            log.warn("Cannot read {}", path, e);
            return false;
        }
    }

    long size() {
        try {
            FileChannel open = open();
            return open == null ? 0 : open.size();
        } catch (IOException e) {
            log.warn("Cannot read {}", path, e);
            return 0;
        }
    }

    private @Nullable FileChannel open() throws IOException {
        if (channel == null && Files.exists(path)) {
            channel = FileChannel.open(path, StandardOpenOption.READ);
        }
        return channel;
    }

    @Override
    public void close() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            log.warn("Cannot close {}", path, e);
        }
    }
}
