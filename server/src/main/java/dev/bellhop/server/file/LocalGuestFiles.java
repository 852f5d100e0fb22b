// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.guest.Guests;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.VmTurns;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.vm.Transport;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Files of this process's own VMs.
 *
 * <p>The agent cannot report which file it has opened, creates files that all users can write, and accepts only paths
 * in UTF-8. So a script opens each file, checks its path, and holds it open while the agent opens it again as
 * {@code /proc/PID/fd/3}: that is the same file, wherever its name leads by then.
 */
public final class LocalGuestFiles implements GuestFiles {
    private static final Duration SCRIPT_TIMEOUT = Duration.ofSeconds(30);

    /** The guest reads a whole file for its digest, writes it to its disk, or deletes all files in a directory. */
    private static final Duration WHOLE_FILE_TIMEOUT = Duration.ofMinutes(30);

    private static final String CANNOT_READ = "Cannot read this file";
    private static final String CANNOT_WRITE = "Cannot write this file";
    private static final String CANNOT_LIST = "Cannot list this directory";
    private static final String CANNOT_CHANGE = "Cannot change this file";

    private final GuestShellCalls shell;
    private final OpenFiles open;
    private final LocalTrees trees;
    private final FilesInPlace inPlace;

    /** Turns per VM, so a slow guest delays no other VM. */
    private final VmTurns turns = new VmTurns();

    /**
     * Creates the files of these guests.
     *
     * @param streams transports for long transfers
     */
    public LocalGuestFiles(Guests guests, AgentHealth health, GuestStreams streams, FileSettings settings) {
        this.shell = new GuestShellCalls(guests, health);
        this.open = new OpenFiles(shell, new StreamFiles(streams, shell::awaitThaw), settings, this::closed);
        this.trees = new LocalTrees(shell, streams, open, this);
        this.inPlace = new FilesInPlace(shell, open, streams);
    }

    /** Returns the files that the agent opens by name. They share the places and timeouts of all other files. */
    public AgentFiles byAgent() {
        return new AgentFiles(shell, open);
    }

    @Override
    public Found find(VmId vm, GuestPath path, boolean follow, PathLimits limits) {
        return look(vm, FileScripts.find(path, follow, limits), CANNOT_READ, reply -> {
            FileStat stat = reply.stat(1);
            return new Found(stat, reply.path(2), stat.type() == FileType.SYMLINK ? reply.bytes(3) : null);
        });
    }

    @Override
    public Listing list(VmId vm, GuestPath folder, byte @Nullable [] after, int most, PathLimits limits) {
        return look(vm, FileScripts.list(folder, after, most, limits), CANNOT_LIST, reply -> {
            var entries = reply.entries();
            boolean more = entries.size() > most;
            return new Listing(more ? entries.subList(0, most) : entries, more);
        });
    }

    private <T> T look(VmId vm, String script, String cannot, GuestShellCalls.Reading<T> reading) {
        return shell.run(shell.vm(vm), script, cannot, false, Deadline.after(SCRIPT_TIMEOUT), reading);
    }

    @Override
    public Opened open(VmId id, GuestPath path, boolean sum, PathLimits limits) {
        VirtualMachine vm = shell.vm(id);
        return open.keeping(
                vm,
                OpenFiles.Way.READ,
                CANNOT_READ,
                name -> shell.run(
                        vm,
                        FileScripts.open(path, sum, limits),
                        CANNOT_READ,
                        false,
                        Deadline.after(sum ? WHOLE_FILE_TIMEOUT : SCRIPT_TIMEOUT),
                        reply -> {
                            FileStat stat = reply.stat(2);
                            GuestPath real = reply.path(3);
                            String sha256 = sum && !reply.text(4).isEmpty() ? digest(reply.text(4)) : null;
                            return new OpenFiles.Held<>(
                                    reply.number(1),
                                    stat.inode(),
                                    reply.text(5),
                                    by -> new Opened(name, stat, real, sha256, by),
                                    null);
                        }));
    }

    @Override
    public Optional<Transport> hasten(VmId id, String name) {
        return Optional.of(open.using(id, name, CANNOT_READ, OpenFile::hasten));
    }

    private static String digest(String text) throws FileReply.UnreadableReplyException {
        if (!text.matches("[0-9a-f]{64}")) {
            throw new FileReply.UnreadableReplyException();
        }
        return text;
    }

    @Override
    public byte[] read(VmId id, String name, long offset, int most) {
        return open.using(id, name, CANNOT_READ, file -> file.read(offset, Math.min(most, MAX_PIECE)));
    }

    @Override
    public Opened openInPlace(VmId vm, GuestPath path, FileOpening opening, PathLimits limits) {
        return inPlace.open(vm, path, opening, limits);
    }

    @Override
    public FileSpace space(VmId vm, GuestPath path, PathLimits limits) {
        return look(vm, FileScripts.space(path, limits), CANNOT_READ, reply -> reply.space(1));
    }

    @Override
    public Upload begin(VmId id, GuestPath path, String upload, boolean anew, PathLimits limits) {
        VirtualMachine vm = shell.vm(id);
        return open.keeping(
                vm,
                OpenFiles.Way.UPLOAD,
                CANNOT_WRITE,
                name -> shell.run(
                        vm,
                        FileScripts.begin(path, upload, anew, limits),
                        CANNOT_WRITE,
                        true,
                        Deadline.after(SCRIPT_TIMEOUT),
                        reply -> {
                            String there = reply.text(5);
                            GuestPath real = reply.path(4);
                            Upload begun = new Upload(
                                    name, reply.number(3), real, there.isEmpty() ? null : FileReply.stat(there));
                            return new OpenFiles.Held<>(
                                    reply.number(1),
                                    reply.text(2).replaceFirst(" [0-9]+$", ""),
                                    reply.text(6),
                                    by -> begun,
                                    new OpenFile.Pending(
                                            real, FileScripts.temporary(path, upload), reply.text(2), there, limits));
                        }));
    }

    @Override
    public int write(VmId id, String name, long offset, byte[] piece) {
        return open.using(id, name, CANNOT_WRITE, file -> file.write(offset, piece));
    }

    @Override
    public void flush(VmId id, String name) {
        open.using(id, name, CANNOT_WRITE, file -> {
            file.flush();
            return true;
        });
    }

    @Override
    public void close(VmId vm, String name) {
        open.close(vm, name);
        closed(vm, name);
    }

    private void closed(VmId vm, String name) {
        trees.closed(vm, name);
    }

    /** Forgets the open files of a VM without a call to its guest, because another process now has the VM. */
    public void letGo(VmId vm) {
        open.letGo(vm).forEach(trees::forget);
        turns.letGo(vm);
    }

    /** Closes idle files, for example after a crash of their caller. Returns immediately. */
    public void closeIdle() {
        open.closeIdle();
    }

    @Override
    public Written commit(VmId id, String name, FileCommit commit) {
        OpenFile file = open.opened(id, name);
        OpenFile.Pending pending = file.pending();
        if (pending == null) {
            throw new IllegalArgumentException("what was opened to be read is not committed");
        }
        flush(id, name);
        Transport transport = file.transport();
        close(id, name);
        Deadline deadline = Deadline.after(WHOLE_FILE_TIMEOUT);
        return turns.during(id, CANNOT_WRITE, deadline, () -> commit(id, pending, commit, transport, deadline));
    }

    private Written commit(
            VmId id, OpenFile.Pending pending, FileCommit commit, Transport transport, Deadline deadline) {
        String script = FileScripts.commit(
                pending.path(), pending.temporary(), pending.identity(), pending.expected(), commit, pending.limits());
        return shell.run(
                shell.vm(id),
                script,
                CANNOT_WRITE,
                true,
                deadline,
                reply -> new Written(reply.stat(1), reply.path(2), digest(reply.text(3)), transport));
    }

    @Override
    public boolean abandon(VmId vm, GuestPath path, String upload, PathLimits limits) {
        try {
            look(vm, FileScripts.abandon(path, upload, true, limits), CANNOT_WRITE, reply -> reply.number(1));
            return true;
        } catch (BellhopException e) {
            if (e.code() == ErrorCode.FILE_NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public long offset(VmId vm, GuestPath path, String upload, PathLimits limits) {
        return look(vm, FileScripts.abandon(path, upload, false, limits), CANNOT_WRITE, reply -> reply.number(1));
    }

    @Override
    public Tree pack(VmId vm, GuestPath folder, PathLimits limits) {
        return trees.pack(vm, folder, limits);
    }

    @Override
    public Tree unpack(VmId vm, GuestPath folder, PathLimits limits) {
        return trees.unpack(vm, folder, limits);
    }

    @Override
    public void finish(VmId vm, String name) {
        trees.finish(vm, name);
    }

    @Override
    public void change(VmId id, FileChange change, PathLimits limits) {
        shell.awaitThaw(id);
        boolean isDone = change instanceof FileChange.SetAttributes set && inPlace.setAttributes(id, set, limits);
        if (!isDone) {
            change(id, change, null, limits, Deadline.after(timeout(change)));
        }
    }

    /**
     * The deletion of a tree can take half an hour. It does not delay other changes, because no commit replaces a
     * directory.
     */
    @Override
    public void changeIfUnchanged(VmId id, FileChange.Conditional change, FileStat expected, PathLimits limits) {
        Deadline deadline = Deadline.after(timeout(change));
        boolean isTree = expected.type() == FileType.DIRECTORY;
        if (isTree && change instanceof FileChange.Delete(GuestPath _, boolean recursive) && recursive) {
            change(id, change, expected, limits, deadline);
        } else {
            turns.during(id, CANNOT_CHANGE, deadline, () -> change(id, change, expected, limits, deadline));
        }
    }

    private int change(VmId id, FileChange change, @Nullable FileStat expected, PathLimits limits, Deadline deadline) {
        return shell.run(
                shell.vm(id),
                FileScripts.change(change, expected, limits),
                CANNOT_CHANGE,
                true,
                deadline,
                FileReply::size);
    }

    private static Duration timeout(FileChange change) {
        return switch (change) {
            case FileChange.Delete(GuestPath _, boolean recursive) when recursive -> WHOLE_FILE_TIMEOUT;
            default -> SCRIPT_TIMEOUT;
        };
    }
}
