// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * An open file of a guest. Thread safe. The futures fail with {@link StreamException}, of kind {@code REFUSED} for the guest's errors;
 * {@link #get} awaits one. Have two or more reads or writes under way to be fast.
 */
public interface GuestFile extends AutoCloseable {
    /** The most bytes of one read or write. */
    int MAX_BYTES = 256 * 1024;

    enum Option {
        READ(1),
        WRITE(2),
        /** Makes the file if it is not there. */
        CREATE(4),
        /** With {@code CREATE}: fails if it is there. */
        EXCLUSIVE(8),
        /** Fails if the last part of the path is a symbolic link. */
        NO_FOLLOW(16),
        /**
         * Opens only a regular file or a directory, because the other end of a FIFO notices an open. Refused in a guest that has other file
         * systems than local ones mounted, such as NFS or FUSE: an open there can hang, and the stream with it.
         */
        ORDINARY(32);

        final int bit;

        Option(int bit) {
            this.bit = bit;
        }
    }

    /**
     * What the guest's kernel tells of it.
     *
     * @param mode with the kind of file, as {@code st_mode} has it
     * @param modifiedSeconds when its contents were last changed, since 1970
     * @param changedSeconds when its contents or attributes were last changed
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

        /** The numbers of its device and inode, as {@code stat -c '%d %i'} prints them. */
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

    /** Reads from a place; nothing at the end, and perhaps fewer bytes before it. */
    CompletableFuture<byte[]> read(long offset, int most);

    /** Writes at a place, all of it. The data are copied. */
    CompletableFuture<@Nullable Void> write(long offset, byte[] data, int from, int length);

    CompletableFuture<Stat> stat();

    CompletableFuture<@Nullable Void> truncate(long size);

    /** Where the open file is, whatever the path was that it was opened by: a policy may look at it. With " (deleted)" where it is. */
    CompletableFuture<byte[]> realPath();

    CompletableFuture<@Nullable Void> changeMode(int mode);

    CompletableFuture<@Nullable Void> changeOwner(long uid, long gid);

    /** In seconds since 1970. */
    CompletableFuture<@Nullable Void> changeTimes(long accessed, long modified);

    @Override
    void close();

    /** Waits for one of the futures. */
    static <T extends @Nullable Object> T get(CompletableFuture<T> future, Deadline deadline) throws StreamException {
        return StreamFutures.get(future, deadline);
    }
}
