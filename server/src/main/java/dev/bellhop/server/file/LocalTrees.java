// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.GuestFiles.Tree;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.vm.Transport;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Trees of this process's own VMs. If there is a stream, a script in the guest packs or unpacks during the transfer.
 * Otherwise the agent transfers the tar as a file: a file without a name when reading, and a normal upload when
 * writing. Thread safe.
 */
final class LocalTrees {
    private static final Duration SCRIPT_TIMEOUT = Duration.ofSeconds(30);

    /** The time for the guest to pack or unpack a whole tree. */
    private static final Duration WHOLE_TREE_TIMEOUT = Duration.ofMinutes(30);

    private static final String CANNOT_PACK = "Cannot read all of this directory";
    private static final String CANNOT_UNPACK = "Cannot unpack into this directory";

    private final GuestShellCalls shell;
    private final GuestStreams streams;
    private final OpenFiles open;
    private final GuestFiles files;

    /** Tars that are uploaded as files, by the name of the open upload. */
    private final ConcurrentMap<String, SentFile> sent = new ConcurrentHashMap<>();

    /** The upload of a tar. */
    private record SentFile(GuestPath path, String upload, PathLimits limits, boolean created) {}

    /** @param files uploads tars if there is no stream */
    LocalTrees(GuestShellCalls shell, GuestStreams streams, OpenFiles open, GuestFiles files) {
        this.shell = shell;
        this.streams = streams;
        this.open = open;
        this.files = files;
    }

    Tree pack(VmId id, GuestPath folder, PathLimits limits) {
        return byStream(id, TreeScripts.pack(folder, limits), CANNOT_PACK, 2, LocalTrees::packed)
                .orElseGet(() -> packToFile(shell.vm(id), folder, limits));
    }

    private static Tree packed(String name, FileReply reply) throws FileReply.UnreadableReplyException {
        return new Tree(name, reply.path(1), false, false, Transport.STREAM);
    }

    private Tree packToFile(VirtualMachine vm, GuestPath folder, PathLimits limits) {
        return open.keeping(
                vm,
                OpenFiles.Way.READ,
                CANNOT_PACK,
                name -> shell.run(
                        vm,
                        TreeScripts.packToFile(folder, limits),
                        CANNOT_PACK,
                        false,
                        Deadline.after(WHOLE_TREE_TIMEOUT),
                        reply -> {
                            GuestPath real = reply.path(3);
                            return new OpenFiles.Held<>(
                                    reply.number(1),
                                    reply.stat(2).inode(),
                                    reply.text(4),
                                    by -> new Tree(name, real, false, false, by),
                                    null);
                        }));
    }

    Tree unpack(VmId id, GuestPath folder, PathLimits limits) {
        return byStream(id, TreeScripts.unpack(folder, limits), CANNOT_UNPACK, 4, LocalTrees::prepared)
                .orElseGet(() -> unpackFile(shell.vm(id), folder, limits));
    }

    private static Tree prepared(String name, FileReply reply) throws FileReply.UnreadableReplyException {
        return new Tree(
                name, reply.path(1), reply.text(2).equals("1"), !reply.text(3).equals("busybox"), Transport.STREAM);
    }

    private Tree unpackFile(VirtualMachine vm, GuestPath folder, PathLimits limits) {
        Tree prepared = shell.run(
                vm,
                TreeScripts.prepare(folder, limits),
                CANNOT_UNPACK,
                true,
                Deadline.after(SCRIPT_TIMEOUT),
                reply -> prepared("", reply));
        String upload = UUID.randomUUID().toString();
        GuestPath file = prepared.path()
                .child("tree.tar")
                .orElseThrow(() -> FileFailures.refused(CANNOT_UNPACK, "File name too long"));
        GuestFiles.Upload begun = files.begin(vm.id(), file, upload, true, limits);
        sent.put(begun.id(), new SentFile(file, upload, limits, prepared.created()));
        return new Tree(begun.id(), prepared.path(), prepared.created(), prepared.takesHoles(), Transport.AGENT);
    }

    private interface Reading {
        Tree read(String name, FileReply reply) throws FileReply.UnreadableReplyException;
    }

    /** Starts a script over a stream; empty if there is no stream. */
    private Optional<Tree> byStream(VmId id, String script, String cannot, int fields, Reading reading) {
        shell.vm(id);
        VmTransfers ofVm = open.enter(id);
        StreamTar tar = null;
        boolean kept = false;
        try {
            tar = StreamTar.start(streams, id, script, cannot, ofVm).orElse(null);
            if (tar == null) {
                return Optional.empty();
            }
            String name = UUID.randomUUID().toString();
            Tree tree = reading.read(name, tar.answer(fields));
            open.put(name, new OpenFile(id, tar, Transport.STREAM, Optional::empty, ofVm, ofVm::leave, false, null));
            kept = true;
            return Optional.of(tree);
        } catch (FileReply.UnreadableReplyException e) {
            throw GuestShellCalls.unreadable(GuestShellCalls.Shell.POSIX, cannot, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BellhopException(ErrorCode.SHUTTING_DOWN, cannot + " because the server stops", e);
        } finally {
            if (!kept) {
                ofVm.leave();
                if (tar != null) {
                    tar.close();
                }
            }
        }
    }

    void finish(VmId id, String name) {
        OpenFile.Pending pending = open.opened(id, name).pending();
        SentFile file = sent.get(name);
        open.using(id, name, CANNOT_UNPACK, each -> {
            each.flush();
            return true;
        });
        if (pending == null || file == null) {
            return;
        }
        open.close(id, name);
        shell.run(
                shell.vm(id),
                TreeScripts.unpackFile(
                        file.path().parent(), file.created(), pending.temporary(), pending.identity(), file.limits()),
                CANNOT_UNPACK,
                true,
                Deadline.after(WHOLE_TREE_TIMEOUT),
                FileReply::size);
        sent.remove(name);
    }

    /** Forgets the upload of a tar, because another process now has the VM. */
    void forget(String name) {
        sent.remove(name);
    }

    /** Deletes the rest of an uploaded tar after its handle was closed. */
    void closed(VmId id, String name) {
        SentFile file = sent.remove(name);
        if (file == null) {
            return;
        }
        try {
            files.abandon(id, file.path(), file.upload(), file.limits());
        } catch (BellhopException e) {
            // A commit in that folder deletes it a day later or more.
        }
    }
}
