// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.server.vm.Transport;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Files in guests, piece by piece. Each call is a request and its reply, of plain values, because another process can
 * run the VM. This interface does not check callers: first check that the caller can see the VM, then pass the caller's
 * limits.
 *
 * <p>{@link PathLimits} are checked against the file that was opened, not against the requested name: changing a link
 * in the meantime does not lead anywhere else. Every method throws {@link dev.bellhop.server.failure.BellhopException}:
 * {@code NOT_FOUND} if there is no such VM, {@code AGENT_UNAVAILABLE} if its guest does not answer,
 * {@code START_UNCONFIRMED} if it is unknown whether a change was made, and the errors of {@link FileFailures}. Thread
 * safe.
 */
public interface GuestFiles {
    /** The most bytes of one piece. */
    int MAX_PIECE = 256 * 1024;

    /** Below this size, the agent is faster than a stream, which may have to be opened first. */
    long LONG_BYTES = 1 << 20;

    /**
     * A file that a path leads to.
     *
     * @param path the real path, without links
     * @param target the text of a link; absent if it is not a link
     */
    @SuppressWarnings("ArrayRecordComponent") // Bytes that no charset can hold.
    record Found(FileStat stat, GuestPath path, byte @Nullable [] target) {}

    /**
     * An entry of a folder.
     *
     * @param target as in {@link Found}
     */
    @SuppressWarnings("ArrayRecordComponent") // Bytes that no charset can hold.
    record Entry(byte[] name, FileStat stat, byte @Nullable [] target) {}

    /**
     * A page of a folder's entries.
     *
     * @param entries sorted by the bytes of their names, names that begin with a dot first
     * @param more whether other entries follow
     */
    record Listing(List<Entry> entries, boolean more) {}

    /**
     * A file that was opened.
     *
     * @param id identifies it in {@link #read} and {@link #close}
     * @param sha256 digest of its contents when it was opened, in hexadecimal; absent unless requested
     * @param transport the current transport; absent if not known
     */
    record Opened(
            String id,
            FileStat stat,
            GuestPath path,
            @Nullable String sha256,
            @Nullable Transport transport) {}

    /**
     * A file that is being written under a temporary name.
     *
     * @param id identifies it in later calls
     * @param offset number of bytes that are already there
     * @param path its final path
     * @param target the file that is there now; absent if there is none
     */
    record Upload(
            String id,
            long offset,
            GuestPath path,
            @Nullable FileStat target) {}

    /**
     * A complete file.
     *
     * @param transport the last transport; absent if not known
     */
    record Written(
            FileStat stat,
            GuestPath path,
            String sha256,
            @Nullable Transport transport) {}

    /**
     * A tree that is read from a guest or written to it, as a tar.
     *
     * @param id identifies it in {@link #read} or {@link #write}, which must be in order, and in {@link #close}
     * @param path the real path of the folder
     * @param created whether the folder was made for this tree
     * @param takesHoles whether the guest's tar supports sparse files
     * @param transport the transport; absent if not known
     */
    record Tree(
            String id,
            GuestPath path,
            boolean created,
            boolean takesHoles,
            @Nullable Transport transport) {}

    /**
     * Describes the file at a path.
     *
     * @param follow whether to follow a link at its end
     */
    Found find(VmId vm, GuestPath path, boolean follow, PathLimits limits);

    /**
     * Lists a folder.
     *
     * @param after the last name of the previous page; absent for the first page
     * @param most entries on this page, 1000 at most
     */
    Listing list(VmId vm, GuestPath folder, byte @Nullable [] after, int most, PathLimits limits);

    /**
     * Opens a file for reading. It is closed by {@link #close}, or some time after the last read.
     *
     * @param sum whether the guest computes its digest first
     */
    Opened open(VmId vm, GuestPath path, boolean sum, PathLimits limits);

    /**
     * Moves an open file to a faster transport, if there is one. Call it if more than {@link #LONG_BYTES} are going to
     * be read.
     *
     * @return the new transport; empty if not known
     */
    Optional<Transport> hasten(VmId vm, String id);

    /**
     * Reads a piece of an open file or tree.
     *
     * @param most bytes, {@link #MAX_PIECE} at most; fewer are read if more would keep others waiting
     * @return empty at the end
     */
    byte[] read(VmId vm, String id, long offset, int most);

    /**
     * Opens a file in place, for {@link #read} or {@link #write} at any offset. Other readers see each write. A file
     * that is not closed is closed some time after its last use.
     */
    Opened openInPlace(VmId vm, GuestPath path, FileOpening opening, PathLimits limits);

    /** Returns the free space of the file system that contains a path. */
    FileSpace space(VmId vm, GuestPath path, PathLimits limits);

    /** Closes a file, an upload or a tree. Keeps a partial upload so that it can be resumed. Never fails. */
    void close(VmId vm, String id);

    /**
     * Begins or resumes an upload.
     *
     * @param upload the caller's name for it; the same path and name resume the partial upload
     * @param anew whether to discard a partial upload and start again
     */
    Upload begin(VmId vm, GuestPath path, String upload, boolean anew, PathLimits limits);

    /**
     * Writes a piece.
     *
     * @param offset its position; for an upload, the end of the bytes that are already there
     * @return the number of bytes written; fewer than the piece if all of it would keep others waiting
     */
    int write(VmId vm, String id, long offset, byte[] piece);

    /** Moves written bytes from the agent to the guest's kernel. Afterwards they survive the end of the agent. */
    void flush(VmId vm, String id);

    /**
     * Moves an upload to its final name, once it is on the guest's disk and has the expected content. Then closes it.
     */
    Written commit(VmId vm, String id, FileCommit commit);

    /** Deletes a partial upload; returns false if there is none. */
    boolean abandon(VmId vm, GuestPath path, String upload, PathLimits limits);

    /** Returns the size of a partial upload. */
    long offset(VmId vm, GuestPath path, String upload, PathLimits limits);

    /**
     * Begins to pack a folder with its contents as a tar in GNU format, with names relative to the folder. The read at
     * its end fails if the guest could not pack everything. Do not trust the tar more than the guest.
     */
    Tree pack(VmId vm, GuestPath folder, PathLimits limits);

    /**
     * Begins to unpack a tar into a folder, which is made if it is missing. The tar must come from
     * {@link dev.bellhop.api.tar.TarWriter}.
     */
    Tree unpack(VmId vm, GuestPath folder, PathLimits limits);

    /**
     * Ends the unpacking of a tree, and waits until the guest has all of it on its disk. Without this call, the tree
     * can be missing or incomplete.
     */
    void finish(VmId vm, String id);

    /** Makes another kind of change. */
    void change(VmId vm, FileChange change, PathLimits limits);

    /**
     * Makes a change if the file is unchanged: the guest compares its description immediately before the change. Throws
     * {@code PRECONDITION_FAILED} if they differ.
     *
     * @param expected the state that the caller saw
     */
    void changeIfUnchanged(VmId vm, FileChange.Conditional change, FileStat expected, PathLimits limits);
}
