// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import org.jspecify.annotations.Nullable;

/**
 * A change of a file other than writing its content. All changes act on a path. If the path is a link, they act on the
 * link itself, but {@code ChangeMode} and {@code ChangeOwner} follow it, and {@code SetAttributes} does so on request.
 */
public sealed interface FileChange {
    GuestPath path();

    /** A change that can be limited to one state of the file. */
    sealed interface Conditional extends FileChange {
        /** Returns true if a link at the end of the path is followed. */
        default boolean follows() {
            return false;
        }
    }

    /** Makes a folder in an existing parent. */
    record MakeFolder(GuestPath path, int mode) implements FileChange {}

    /**
     * Deletes a file, a link or a folder.
     *
     * @param recursive whether to delete a folder with its contents
     */
    record Delete(GuestPath path, boolean recursive) implements Conditional {}

    /**
     * Renames a file, a link or a folder. If there are limits, the text of a link must also lead to a path within them
     * from its new folder.
     *
     * @param overwrite whether to replace an existing file of that name
     */
    record Rename(GuestPath path, GuestPath to, boolean overwrite) implements Conditional {}

    /** Changes the permissions. */
    record ChangeMode(GuestPath path, int mode) implements Conditional {
        @Override
        public boolean follows() {
            return true;
        }
    }

    /**
     * Changes the owner.
     *
     * @param owner in the syntax of chown
     */
    record ChangeOwner(GuestPath path, String owner) implements Conditional {
        @Override
        public boolean follows() {
            return true;
        }
    }

    /**
     * Deletes a name.
     *
     * @param folder true if the name must be an empty folder; false if it must be anything else
     */
    record Unlink(GuestPath path, boolean folder) implements FileChange {}

    /**
     * Changes several attributes in one call.
     *
     * @param follow whether to follow a link at the end of the path; a link itself has only an owner and times
     * @param inode the file that must be there, as in {@link FileStat#inode}; absent for any file
     */
    record SetAttributes(
            GuestPath path,
            boolean follow,
            FileAttributes attributes,
            @Nullable String inode) implements FileChange {}

    /**
     * Makes a symbolic link. If there are limits, its text must lead to a path within them.
     *
     * @param target the exact text of the link
     */
    @SuppressWarnings("ArrayRecordComponent") // Bytes that no charset can hold.
    record SymbolicLink(GuestPath path, byte[] target) implements FileChange {}

    /** Makes a hard link to a file. */
    record HardLink(GuestPath path, GuestPath to) implements FileChange {}

    /**
     * Makes the guest write a file to its disk.
     *
     * @param inode the file that must be there
     */
    record Sync(GuestPath path, String inode) implements FileChange {}
}
