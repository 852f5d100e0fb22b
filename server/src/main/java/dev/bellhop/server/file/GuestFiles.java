// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.server.vm.Transport;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Files in guests, piece by piece. Each call is a request and its answer, of plain values, so that another process may have the VM. It
 * knows no callers: ask first whether the caller sees the VM, and pass on where it may go.
 *
 * <p>What is checked against {@link PathLimits} is what is opened, and not the name that was asked for: a link that is changed meanwhile
 * leads nowhere else. Every method throws {@link dev.bellhop.server.failure.BellhopException}: {@code NOT_FOUND} where there is no such VM,
 * {@code AGENT_UNAVAILABLE} where its guest does not answer, {@code START_UNCONFIRMED} where it cannot be told whether a change was made,
 * and what {@link FileFailures} has. Thread safe.
 */
public interface GuestFiles {
    /** The most bytes of one piece. */
    int MAX_PIECE = 256 * 1024;

    /** Less is sooner there by the agent's calls than by a stream, which may have to be opened first. */
    long LONG_BYTES = 1 << 20;

    /**
     * What a path leads to.
     *
     * @param path where it really is, without links
     * @param target where a link leads, as it is written there; absent for what is no link
     */
    @SuppressWarnings("ArrayRecordComponent") // Bytes that no charset can hold.
    record Found(FileStat stat, GuestPath path, byte @Nullable [] target) {}

    /**
     * One of a folder.
     *
     * @param target as in {@link Found}
     */
    @SuppressWarnings("ArrayRecordComponent") // Likewise.
    record Entry(byte[] name, FileStat stat, byte @Nullable [] target) {}

    /**
     * Some of what is in a folder.
     *
     * @param entries in the order of their bytes, those that begin with a dot first
     * @param more whether others follow
     */
    record Listing(List<Entry> entries, boolean more) {}

    /**
     * A file that was opened.
     *
     * @param id names it in {@link #read} and {@link #close}
     * @param sha256 of its contents, in hexadecimal, as they were then; absent where that was not asked for
     * @param transport by which way it goes so far; absent where that is not known
     */
    record Opened(
            String id,
            FileStat stat,
            GuestPath path,
            @Nullable String sha256,
            @Nullable Transport transport) {}

    /**
     * A file that is being written under a name that nobody looks for.
     *
     * @param id names it in the calls that follow
     * @param offset how much of it is there
     * @param path where it will be
     * @param target what is there now; absent where nothing is
     */
    record Upload(
            String id,
            long offset,
            GuestPath path,
            @Nullable FileStat target) {}

    /**
     * A file that is there, whole.
     *
     * @param transport by which way it went at last; absent where that is not known
     */
    record Written(
            FileStat stat,
            GuestPath path,
            String sha256,
            @Nullable Transport transport) {}

    /**
     * A tree that comes from a guest or goes there, as a tar.
     *
     * @param id names it in {@link #read} or {@link #write}, which go in order, and in {@link #close}
     * @param path where the folder really is
     * @param created whether it was made for this
     * @param takesHoles whether who unpacks it there knows sparse files
     * @param transport by which way it goes; absent where that is not known
     */
    record Tree(
            String id,
            GuestPath path,
            boolean created,
            boolean takesHoles,
            @Nullable Transport transport) {}

    /**
     * Tells of one path.
     *
     * @param follow whether a link at its end is followed
     */
    Found find(VmId vm, GuestPath path, boolean follow, PathLimits limits);

    /**
     * Lists a folder.
     *
     * @param after the last name of the page before; absent for the first page
     * @param most on this page, 1000 at most
     */
    Listing list(VmId vm, GuestPath folder, byte @Nullable [] after, int most, PathLimits limits);

    /**
     * Opens a file, to be read. It is closed by {@link #close}, or a while after it was read last.
     *
     * @param sum whether to have the guest compute its digest first
     */
    Opened open(VmId vm, GuestPath path, boolean sum, PathLimits limits);

    /**
     * Has what was opened, of which more than {@link #LONG_BYTES} are going to be read, go by the faster way from now on, if there is one.
     *
     * @return by which way it goes; empty where that is not known
     */
    Optional<Transport> hasten(VmId vm, String id);

    /**
     * Reads a piece of what was opened.
     *
     * @param most bytes, {@link #MAX_PIECE} at most; fewer are read where that would keep others waiting
     * @return nothing at its end
     */
    byte[] read(VmId vm, String id, long offset, int most);

    /**
     * Opens a file to be used where it lies, by {@link #read} or {@link #write} at any offset: who reads it meanwhile sees what is written.
     * What is not closed is closed a while after it was used last.
     */
    Opened openInPlace(VmId vm, GuestPath path, FileOpening opening, PathLimits limits);

    /** Tells how much room the file system has that a path is in. */
    FileSpace space(VmId vm, GuestPath path, PathLimits limits);

    /** Closes what was opened or begun. What is there of an upload stays, to be gone on with. Fails never. */
    void close(VmId vm, String id);

    /**
     * Begins to write a file, or goes on.
     *
     * @param upload the caller's name for it: the same path and upload lead to what is there of it
     * @param anew whether to begin anew, whatever is there
     */
    Upload begin(VmId vm, GuestPath path, String upload, boolean anew, PathLimits limits);

    /**
     * Writes a piece.
     *
     * @param offset where it belongs; of an upload, the end of what is there
     * @return how many bytes of it were written; fewer than all where all would keep others waiting
     */
    int write(VmId vm, String id, long offset, byte[] piece);

    /** Has the guest take what was written so far from the agent; afterwards it survives the agent's end. */
    void flush(VmId vm, String id);

    /**
     * Puts what was written under its name, once the guest has it on its disk and it is what was meant. Then it is closed.
     */
    Written commit(VmId vm, String id, FileCommit commit);

    /** Forgets an upload and what is there of it; false where there is nothing. */
    boolean abandon(VmId vm, GuestPath path, String upload, PathLimits limits);

    /** How much is there of an upload. */
    long offset(VmId vm, GuestPath path, String upload, PathLimits limits);

    /**
     * Begins to pack a folder with all that is in it: what is read is a tar in GNU's form, whose names are relative to the folder. A read
     * that finds its end fails where the guest could not pack all. The tar is as hostile as the guest.
     */
    Tree pack(VmId vm, GuestPath folder, PathLimits limits);

    /**
     * Begins to unpack a tar into a folder, which is made where it is missing. What is written has to be what {@link
     * dev.bellhop.api.tar.TarWriter} writes.
     */
    Tree unpack(VmId vm, GuestPath folder, PathLimits limits);

    /** Ends what is unpacked; returns once the guest has all of it on its disk. Without it, some of the tree is there or nothing. */
    void finish(VmId vm, String id);

    /** Changes something else. */
    void change(VmId vm, FileChange change, PathLimits limits);

    /**
     * Changes something if the guest still describes it in the same words, which it compares immediately before the change. Throws
     * {@code PRECONDITION_FAILED} if it does not.
     *
     * @param expected the state that was seen
     */
    void changeIfUnchanged(VmId vm, FileChange.Conditional change, FileStat expected, PathLimits limits);
}
