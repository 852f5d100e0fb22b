// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import java.time.Instant;

/**
 * What a guest says of a file.
 *
 * @param size in bytes; some files of the kernel have 0 and can be read all the same
 * @param mode the twelve bits of its permissions
 * @param owner by name, or the number where there is no name
 * @param changed when its contents or what else is said here were changed last
 * @param raw all of it as the guest has printed it, to be compared with what it prints later
 */
public record FileStat(
        FileType type,
        long size,
        int mode,
        long uid,
        long gid,
        String owner,
        String group,
        Instant modified,
        Instant changed,
        String inode,
        String raw) {
    /** A name for the state that it is in: it has another one once it was written or replaced, or its owner or mode was changed. */
    public String etag() {
        return "\"" + inode.replace(' ', '.') + "-" + Long.toHexString(size) + "-" + hex(modified) + "-" + hex(changed)
                + "\"";
    }

    private static String hex(Instant time) {
        return Long.toHexString(time.getEpochSecond()) + "." + Integer.toHexString(time.getNano());
    }

    /** As chmod takes it, such as 0644. */
    public String octalMode() {
        return String.format("%04o", mode);
    }

    @Override
    public String toString() {
        return "FileStat[" + type + ", size=" + size + "]";
    }
}
