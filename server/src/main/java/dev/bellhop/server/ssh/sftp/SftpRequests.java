// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.file.FileAttributes;
import dev.bellhop.server.file.FileChange;
import dev.bellhop.server.file.FileOpening;
import dev.bellhop.server.file.FileOpening.Access;
import dev.bellhop.server.file.FileOpening.Creation;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.ssh.memory.ChannelMemory;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Handles each type of request. The methods throw {@link SftpException}, or
 * {@link dev.bellhop.server.failure.BellhopException} if a use case fails. For the session's thread.
 */
final class SftpRequests {
    private static final int READS = 1;
    private static final int WRITES = 2;
    private static final int APPENDS = 4;
    private static final int CREATES = 8;
    private static final int TRUNCATES = 16;
    private static final int EXCLUSIVE = 32;

    /** The usual umask of a server. */
    private static final int UMASK = 022;

    private static final byte[] DOT = {'.'};
    private static final byte[] DOT_DOT = {'.', '.'};
    private static final int FILE_MODE = 0666;
    private static final int FOLDER_MODE = 0777;

    /** The bytes of folder entries in one answer. */
    private static final int NAMES_BYTES = 64 * 1024;

    /**
     * The size of a read that needs no reserved memory. It is sshfs's maximum: sshfs would consider a shorter answer
     * the end of the file.
     */
    private static final int LEAST = 64 * 1024;

    /** The copies of data that is read: from the guest, in transit to the client, and the next piece. */
    private static final int COPIES = 3;

    private final SftpCalls calls;
    private final SftpHandles handles;
    private final ChannelMemory memory;
    private final SftpHome home;
    private final SftpExtensions extensions;
    private @Nullable SftpFile lastRead;
    /** Bytes reserved for reads. */
    private long taken;

    /** @param isGone whether the client has stopped waiting for answers */
    SftpRequests(SftpCalls calls, SftpHandles handles, ChannelMemory memory, BooleanSupplier isGone) {
        this.memory = memory;
        this.calls = calls;
        this.handles = handles;
        GuestNames names = new GuestNames(calls);
        this.home = new SftpHome(calls, names);
        this.extensions = new SftpExtensions(calls, handles, home, names, new SftpDataCopy(handles, isGone));
    }

    SftpExtensions extensions() {
        return extensions;
    }

    SftpReply answer(SftpPacket packet) throws SftpException {
        return switch (packet.type()) {
            case SftpPacket.OPEN -> open(packet);
            case SftpPacket.CLOSE -> close(packet);
            case SftpPacket.READ -> read(packet);
            case SftpPacket.STAT -> stat(packet, true);
            case SftpPacket.LSTAT -> stat(packet, false);
            case SftpPacket.FSTAT -> fstat(packet);
            case SftpPacket.SETSTAT -> extensions.setAttributes(packet, true);
            case SftpPacket.FSETSTAT -> fsetstat(packet);
            case SftpPacket.OPENDIR -> openFolder(packet);
            case SftpPacket.READDIR -> readFolder(packet);
            case SftpPacket.REMOVE -> unlink(packet, false);
            case SftpPacket.RMDIR -> unlink(packet, true);
            case SftpPacket.MKDIR -> makeFolder(packet);
            case SftpPacket.REALPATH ->
                extensions.name(packet.id(), home.realPath(packet.bytes()).bytes());
            case SftpPacket.RENAME -> extensions.rename(packet, false);
            case SftpPacket.READLINK -> readLink(packet);
            case SftpPacket.SYMLINK -> makeLink(packet);
            case SftpPacket.EXTENDED -> extensions.answer(packet);
            default ->
                throw new SftpException(
                        SftpStatus.OP_UNSUPPORTED, "Cannot do this because it is no request of version 3");
        };
    }

    private GuestPath path(SftpPacket packet) throws SftpException {
        return home.path(packet.bytes());
    }

    private SftpReply open(SftpPacket packet) throws SftpException {
        GuestPath path = path(packet);
        int flags = packet.integer();
        Integer mode = SftpAttributes.read(packet).mode();
        handles.requireRoom();
        Creation creation =
                (flags & CREATES) == 0 ? Creation.NEVER : (flags & EXCLUSIVE) != 0 ? Creation.NEW : Creation.MISSING;
        boolean writes = (flags & (WRITES | APPENDS)) != 0 || creation != Creation.NEVER;
        Access access = !writes ? Access.READ : (flags & APPENDS) != 0 ? Access.APPEND : Access.WRITE;
        FileOpening opening = new FileOpening(
                access, creation, writes && (flags & TRUNCATES) != 0, (mode == null ? FILE_MODE : mode) & ~UMASK, null);
        SftpFile file = SftpFile.open(calls, path, (flags & READS) != 0, opening);
        return SftpReply.of(SftpReply.HANDLE, packet.id()).bytes(handles.add(file));
    }

    private SftpReply close(SftpPacket packet) throws SftpException {
        switch (handles.remove(packet.bytes())) {
            case SftpFile file -> file.close();
            case SftpFolder folder -> folder.abandon();
        }
        return SftpReply.ok(packet.id());
    }

    private SftpReply read(SftpPacket packet) throws SftpException {
        SftpFile file = handles.file(packet.bytes());
        long offset = packet.number();
        int count = packet.integer();
        if (count < 0 || count > SftpPacket.MAX_DATA) {
            count = SftpPacket.MAX_DATA;
        }
        if (offset > Long.MAX_VALUE - count) {
            throw new SftpException(SftpStatus.EOF);
        }
        SftpFile before = lastRead;
        if (before != null && before != file) {
            before.forget(); // Only one file of a session is read ahead.
        }
        lastRead = file;
        byte[] bytes = file.read(offset, fitting(count));
        if (bytes.length == 0 && count > 0) {
            throw new SftpException(SftpStatus.EOF);
        }
        return SftpReply.of(SftpReply.DATA, packet.id()).bytes(bytes);
    }

    /** Returns the size of a read, which is smaller than requested if there is no memory: clients request the rest. */
    private int fitting(int count) {
        long wanted = count <= SftpInput.USUAL_DATA ? 0 : (long) count * COPIES;
        if (wanted > taken && memory.take(wanted - taken)) {
            taken = wanted;
        }
        return wanted <= taken ? count : Math.min(count, LEAST);
    }

    /** Forgets data that was read ahead: its client does something else. */
    void settle() {
        if (lastRead != null) {
            lastRead.forget();
        }
        memory.giveBack(taken);
        taken = 0;
    }

    private SftpReply stat(SftpPacket packet, boolean follow) throws SftpException {
        GuestPath path = path(packet);
        FileStat stat = calls.ask(
                        UseCase.FILE_FIND, (files, vm) -> files.reads().find(vm, path, follow))
                .stat();
        return attributes(packet.id(), stat, stat.size());
    }

    private SftpReply fstat(SftpPacket packet) throws SftpException {
        SftpFile file = handles.file(packet.bytes());
        FileStat stat = file.stat();
        return attributes(packet.id(), stat, file.size(stat));
    }

    private static SftpReply attributes(int id, FileStat stat, long size) {
        SftpReply reply = SftpReply.of(SftpReply.ATTRIBUTES, id);
        SftpAttributes.write(reply, stat, size);
        return reply;
    }

    private SftpReply fsetstat(SftpPacket packet) throws SftpException {
        SftpFile file = handles.file(packet.bytes());
        FileAttributes attributes = SftpAttributes.read(packet);
        if (!attributes.isEmpty()) {
            file.setAttributes(attributes);
        }
        return SftpReply.ok(packet.id());
    }

    private SftpReply openFolder(SftpPacket packet) throws SftpException {
        GuestPath path = path(packet);
        handles.requireRoomForFolder();
        return SftpReply.of(SftpReply.HANDLE, packet.id()).bytes(handles.add(SftpFolder.open(calls, path, memory)));
    }

    private SftpReply readFolder(SftpPacket packet) throws SftpException {
        SftpFolder folder = handles.folder(packet.bytes());
        if (folder.begins()) {
            return SftpExtensions.folders(packet.id(), DOT, DOT_DOT);
        }
        Optional<GuestFiles.Entry> first = folder.peek();
        if (first.isEmpty()) {
            throw new SftpException(SftpStatus.EOF);
        }
        Instant now = Instant.now();
        SftpReply names = SftpReply.part();
        int count = 0;
        do {
            GuestFiles.Entry entry = folder.peek().orElseThrow();
            names.bytes(entry.name()).bytes(SftpAttributes.longName(entry.name(), entry.stat(), now));
            SftpAttributes.write(names, entry.stat(), entry.stat().size());
            folder.take();
            count++;
        } while (folder.hasNext() && names.size() < NAMES_BYTES);
        return SftpReply.of(SftpReply.NAME, packet.id()).integer(count).append(names);
    }

    private SftpReply unlink(SftpPacket packet, boolean folder) throws SftpException {
        FileChange.Unlink change = new FileChange.Unlink(path(packet), folder);
        calls.ask(UseCase.FILE_DELETE, (files, vm) -> {
            files.changes().unlink(vm, change);
            return change;
        });
        return SftpReply.ok(packet.id());
    }

    private SftpReply makeFolder(SftpPacket packet) throws SftpException {
        GuestPath path = path(packet);
        Integer mode = SftpAttributes.read(packet).mode();
        FileChange.MakeFolder change = new FileChange.MakeFolder(path, (mode == null ? FOLDER_MODE : mode) & ~UMASK);
        calls.ask(UseCase.FILE_MKDIR, (files, vm) -> {
            files.changes().makeFolder(vm, change, false);
            return change;
        });
        return SftpReply.ok(packet.id());
    }

    private SftpReply readLink(SftpPacket packet) throws SftpException {
        GuestPath path = path(packet);
        byte[] target = calls.ask(
                        UseCase.FILE_FIND, (files, vm) -> files.reads().find(vm, path, false))
                .target();
        if (target == null) {
            throw new SftpException(SftpStatus.FAILURE, "Cannot read this link because it is not a symbolic link");
        }
        return extensions.name(packet.id(), target);
    }

    /** Reads the target first, like OpenSSH, and unlike the protocol's draft. */
    private SftpReply makeLink(SftpPacket packet) throws SftpException {
        byte[] target = packet.bytes();
        GuestPath path = path(packet);
        if (!SftpPaths.isTarget(target)) {
            throw new SftpException(SftpStatus.BAD_MESSAGE, "Cannot make this link because no link leads there");
        }
        FileChange.SymbolicLink change = new FileChange.SymbolicLink(path, target);
        calls.ask(UseCase.FILE_LINK, (files, vm) -> {
            files.changes().link(vm, change);
            return change;
        });
        return SftpReply.ok(packet.id());
    }
}
