// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

/** What can be done to files beside writing them. All are about a path; where that is a link, about the link but for its mode and owner. */
public sealed interface FileChange {
    GuestPath path();

    /** Makes a folder, whose parent is there. */
    record MakeFolder(GuestPath path, int mode) implements FileChange {}

    /**
     * Deletes a file, a link or a folder.
     *
     * @param recursive whether a folder goes with all that is in it
     */
    record Delete(GuestPath path, boolean recursive) implements FileChange {}

    /**
     * Gives something another name.
     *
     * @param overwrite whether a file of that name is replaced
     */
    record Rename(GuestPath path, GuestPath to, boolean overwrite) implements FileChange {}

    /** Changes the permissions. */
    record ChangeMode(GuestPath path, int mode) implements FileChange {}

    /**
     * Changes the owner.
     *
     * @param owner as chown takes it
     */
    record ChangeOwner(GuestPath path, String owner) implements FileChange {}
}
