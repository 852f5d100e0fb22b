// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.file.FileAttributes;
import dev.bellhop.server.file.FileChange;
import dev.bellhop.server.file.FileSpace;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.service.UseCase;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** OpenSSH's extensions of version 3, and the code that they share with requests. For the session's thread. */
final class SftpExtensions {
    private static final String POSIX_RENAME = "posix-rename@openssh.com";
    private static final String HARDLINK = "hardlink@openssh.com";
    private static final String FSYNC = "fsync@openssh.com";
    private static final String STATVFS = "statvfs@openssh.com";
    private static final String FSTATVFS = "fstatvfs@openssh.com";
    private static final String LSETSTAT = "lsetstat@openssh.com";
    private static final String LIMITS = "limits@openssh.com";
    private static final String EXPAND_PATH = "expand-path@openssh.com";
    private static final String COPY_DATA = "copy-data";
    private static final String NAMES_BY_ID = "users-groups-by-id@openssh.com";

    /** The limit of users or groups in one request; a client's directory has fewer. */
    private static final int MAX_IDS = 1_000;

    private final SftpCalls calls;
    private final SftpHandles handles;
    private final SftpHome home;
    private final GuestNames names;
    private final SftpDataCopy copy;

    SftpExtensions(SftpCalls calls, SftpHandles handles, SftpHome home, GuestNames names, SftpDataCopy copy) {
        this.calls = calls;
        this.handles = handles;
        this.home = home;
        this.names = names;
        this.copy = copy;
    }

    /** Returns the answer to the first message. */
    SftpReply version(int version) {
        return SftpReply.of(SftpReply.VERSION, version)
                .text(POSIX_RENAME)
                .text("1")
                .text(STATVFS)
                .text("2")
                .text(FSTATVFS)
                .text("2")
                .text(HARDLINK)
                .text("1")
                .text(FSYNC)
                .text("1")
                .text(LSETSTAT)
                .text("1")
                .text(LIMITS)
                .text("1")
                .text(EXPAND_PATH)
                .text("1")
                .text(COPY_DATA)
                .text("1")
                .text(NAMES_BY_ID)
                .text("1");
    }

    SftpReply answer(SftpPacket packet) throws SftpException {
        return switch (new String(packet.bytes(), StandardCharsets.ISO_8859_1)) {
            case POSIX_RENAME -> rename(packet, true);
            case HARDLINK -> hardLink(packet);
            case FSYNC -> sync(packet);
            case STATVFS -> space(packet.id(), home.path(packet.bytes()));
            case FSTATVFS -> space(packet.id(), handles.file(packet.bytes()).path());
            case LSETSTAT -> setAttributes(packet, false);
            case LIMITS -> limits(packet.id());
            case EXPAND_PATH -> name(packet.id(), home.expand(packet.bytes()).bytes());
            case COPY_DATA -> copy.answer(packet);
            case NAMES_BY_ID -> names(packet);
            default ->
                throw new SftpException(
                        SftpStatus.OP_UNSUPPORTED,
                        "Cannot do this because this server does not support this extension");
        };
    }

    /** @param overwrite whether to replace an existing file of that name */
    SftpReply rename(SftpPacket packet, boolean overwrite) throws SftpException {
        FileChange.Rename change =
                new FileChange.Rename(home.path(packet.bytes()), home.path(packet.bytes()), overwrite);
        calls.ask(UseCase.FILE_RENAME, (files, vm) -> {
            files.changes().rename(vm, change, null);
            return change;
        });
        return SftpReply.ok(packet.id());
    }

    private SftpReply hardLink(SftpPacket packet) throws SftpException {
        FileChange.HardLink change = new FileChange.HardLink(home.path(packet.bytes()), home.path(packet.bytes()));
        calls.ask(UseCase.FILE_LINK, (files, vm) -> {
            files.changes().link(vm, change);
            return change;
        });
        return SftpReply.ok(packet.id());
    }

    private SftpReply sync(SftpPacket packet) throws SftpException {
        handles.file(packet.bytes()).sync();
        return SftpReply.ok(packet.id());
    }

    /** @param follow whether to follow a link instead of changing the link itself */
    SftpReply setAttributes(SftpPacket packet, boolean follow) throws SftpException {
        GuestPath path = home.path(packet.bytes());
        FileAttributes attributes = SftpAttributes.read(packet);
        if (!attributes.isEmpty()) {
            FileChange.SetAttributes change = new FileChange.SetAttributes(path, follow, attributes, null);
            calls.ask(UseCase.FILE_ATTRIBUTES, (files, vm) -> {
                files.changes().setAttributes(vm, change);
                return change;
            });
        }
        return SftpReply.ok(packet.id());
    }

    private SftpReply space(int id, GuestPath path) {
        FileSpace space =
                calls.ask(UseCase.FILE_SPACE, (files, vm) -> files.reads().space(vm, path));
        return SftpReply.of(SftpReply.EXTENDED, id)
                .number(space.blockSize())
                .number(space.blockSize())
                .number(space.blocks())
                .number(space.free())
                .number(space.available())
                .number(space.files())
                .number(space.filesFree())
                .number(space.filesFree())
                .number(0)
                .number(0)
                .number(space.nameMax());
    }

    private interface Names {
        String of(int id) throws SftpException;
    }

    private SftpReply names(SftpPacket packet) throws SftpException {
        return SftpReply.of(SftpReply.EXTENDED, packet.id())
                .bytes(names(packet.bytes(), names::user))
                .bytes(names(packet.bytes(), names::group));
    }

    private static byte[] names(byte[] ids, Names names) throws SftpException {
        if (ids.length % Integer.BYTES != 0 || ids.length > MAX_IDS * Integer.BYTES) {
            throw new SftpException(
                    SftpStatus.BAD_MESSAGE,
                    "Cannot look up these names because a request has up to " + MAX_IDS + " ids of 4 bytes each");
        }
        SftpReply all = SftpReply.part();
        for (ByteBuffer rest = ByteBuffer.wrap(ids); rest.hasRemaining(); ) {
            all.text(names.of(rest.getInt()));
        }
        return all.toBytes();
    }

    private static SftpReply limits(int id) {
        return SftpReply.of(SftpReply.EXTENDED, id)
                .number(SftpPacket.MAX_BYTES)
                .number(SftpPacket.MAX_DATA)
                // The guest gets several writes as one piece in any case, and small ones work even if memory is scarce.
                .number(SftpInput.USUAL_DATA)
                .number(SftpHandles.MAX);
    }

    /** Answers with one name without attributes. */
    SftpReply name(int id, byte[] name) {
        SftpReply reply =
                SftpReply.of(SftpReply.NAME, id).integer(1).bytes(name).bytes(name);
        SftpAttributes.writeNone(reply);
        return reply;
    }

    /**
     * Answers with names of directories, with only their type as attributes: JSch and SSH.NET consider other names to
     * be files.
     */
    static SftpReply folders(int id, byte[]... names) {
        SftpReply reply = SftpReply.of(SftpReply.NAME, id).integer(names.length);
        for (byte[] name : names) {
            reply.bytes(name).bytes(SftpAttributes.longFolderName(name));
            SftpAttributes.writeFolder(reply);
        }
        return reply;
    }
}
