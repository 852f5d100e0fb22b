// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * An open file of a guest. Thread safe. The futures fail with {@link StreamException}, of kind {@code REFUSED} for the
 * guest's errors; {@link #get} waits for one. For speed, keep two or more reads or writes in flight.
 */
public interface GuestFile extends AutoCloseable {
    /** The most bytes of one read or write. */
    int MAX_BYTES = 256 * 1024;

    enum Option {
        READ(1),
        WRITE(2),
        /** Creates the file if it does not exist. */
        CREATE(4),
        /** With {@code CREATE}: fails if the file exists. */
        EXCLUSIVE(8),
        /** Fails if the last part of the path is a symbolic link. */
        NO_FOLLOW(16),
        /**
         * Opens only a regular file or a directory, because the other end of a FIFO notices an open. Refused in a guest
         * that has non-local file systems mounted, such as NFS or FUSE: an open there can hang, and the stream with it.
         */
        ORDINARY(32);

        final int bit;

        Option(int bit) {
            this.bit = bit;
        }
    }

    /**
     * File attributes as reported by the guest's kernel.
     *
     * @param mode {@code st_mode}, including the file type
     * @param modifiedSeconds last change of the contents, in seconds since 1970
     * @param changedSeconds last change of the contents or attributes, in seconds since 1970
     */
    record Stat(
            int mode,
            long uid,
            long gid,
            long size,
            long modifiedSeconds,
            long device,
            long inode,
            long changedSeconds) {
        private static final int KIND = 0170000;
        private static final int REGULAR = 0100000;
        private static final int FOLDER = 0040000;

        /** Returns the device and inode numbers, as {@code stat -c '%d %i'} prints them. */
        public String identity() {
            return Long.toUnsignedString(device) + " " + Long.toUnsignedString(inode);
        }

        public boolean isRegular() {
            return (mode & KIND) == REGULAR;
        }

        public boolean isFolder() {
            return (mode & KIND) == FOLDER;
        }
    }

    /**
     * Reads at an offset. Returns zero bytes at the end of the file, and sometimes fewer than {@code most} before it.
     */
    CompletableFuture<byte[]> read(long offset, int most);

    /** Writes all bytes at an offset. The data is copied. */
    CompletableFuture<@Nullable Void> write(long offset, byte[] data, int from, int length);

    CompletableFuture<Stat> stat();

    CompletableFuture<@Nullable Void> truncate(long size);

    /**
     * Returns the real path of the open file, whatever path opened it, for checks by a policy. The path of a deleted
     * file ends with " (deleted)".
     */
    CompletableFuture<byte[]> realPath();

    CompletableFuture<@Nullable Void> changeMode(int mode);

    CompletableFuture<@Nullable Void> changeOwner(long uid, long gid);

    /** Changes the file's times, in seconds since 1970. */
    CompletableFuture<@Nullable Void> changeTimes(long accessed, long modified);

    @Override
    void close();

    /** Waits for one of the futures. */
    static <T extends @Nullable Object> T get(CompletableFuture<T> future, Deadline deadline) throws StreamException {
        return StreamFutures.get(future, deadline);
    }
}
