// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import org.jspecify.annotations.Nullable;

/** What can be done to files beside writing them. All are about a path; where that is a link, about the link but for its mode and owner. */
public sealed interface FileChange {
    GuestPath path();

    /** A change that can be limited to one state of the file. */
    sealed interface Conditional extends FileChange {
        /** Whether a link at the end of the path is followed. */
        default boolean follows() {
            return false;
        }
    }

    /** Makes a folder, whose parent is there. */
    record MakeFolder(GuestPath path, int mode) implements FileChange {}

    /**
     * Deletes a file, a link or a folder.
     *
     * @param recursive whether a folder goes with all that is in it
     */
    record Delete(GuestPath path, boolean recursive) implements Conditional {}

    /**
     * Gives something another name. Where there are limits, a link has to lead to within them by its text from there, too.
     *
     * @param overwrite whether a file of that name is replaced
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
     * @param owner as chown takes it
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
     * @param folder whether it has to be that of an empty folder; else it has to be another's
     */
    record Unlink(GuestPath path, boolean folder) implements FileChange {}

    /**
     * Changes some at once.
     *
     * @param follow whether a link at the end of the path is followed; of a link, there are an owner and times alone
     * @param inode which file it has to be, as {@link FileStat#inode} has it; absent for whatever is there
     */
    record SetAttributes(
            GuestPath path,
            boolean follow,
            FileAttributes attributes,
            @Nullable String inode) implements FileChange {}

    /**
     * Makes a link that leads somewhere by its text. Where there are limits, that has to be a path within them.
     *
     * @param target as it is to be written there
     */
    @SuppressWarnings("ArrayRecordComponent") // Bytes that no charset can hold.
    record SymbolicLink(GuestPath path, byte[] target) implements FileChange {}

    /** Gives a file one more name. */
    record HardLink(GuestPath path, GuestPath to) implements FileChange {}

    /**
     * Has the guest write a file to its disk.
     *
     * @param inode which file it has to be
     */
    record Sync(GuestPath path, String inode) implements FileChange {}
}
