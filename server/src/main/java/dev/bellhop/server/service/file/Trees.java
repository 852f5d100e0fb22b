// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.digest.Digests;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.FileType;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.file.PathLimits;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.vm.Transport;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes trees of files as tars. Each tar is checked and written again on its way, so a member that leads out
 * of its tree never reaches a client or a guest. Thread safe.
 */
public final class Trees {
    /** Errors that can happen after a part of a tree was unpacked. */
    private static final Set<ErrorCode> HALFWAY = EnumSet.of(
            ErrorCode.GUEST_REFUSED,
            ErrorCode.FILE_CHANGED,
            ErrorCode.INVALID_REQUEST,
            ErrorCode.POLICY_REFUSED,
            ErrorCode.REQUEST_TIMEOUT,
            ErrorCode.PAYLOAD_TOO_LARGE,
            ErrorCode.DIGEST_MISMATCH);

    private static final int BUFFER = 64 << 10;

    private final GuestFiles files;
    private final long maxBytes;
    private final FilePolicy policy;
    private final TransferWatch.Questions questions;
    private final FairTurns turns;

    /**
     * Creates an instance that reads and writes within the policies of keys and accounts.
     *
     * @param maxBytes the limit for a tree that is written
     * @param turns for checking tars
     * @param serving false once the server stops: transfers then end
     */
    public Trees(
            GuestFiles files,
            long maxBytes,
            VmAccess access,
            Keys keys,
            Accounts accounts,
            FairTurns turns,
            BooleanSupplier serving) {
        this.turns = turns;
        this.files = files;
        this.maxBytes = maxBytes;
        this.policy = new FilePolicy(keys, accounts);
        this.questions = new TransferWatch.Questions(access, keys, serving);
    }

    /** Opens a folder for reading with all of its content; the caller must close it. */
    public TreeDownload open(VisibleVm vm, GuestPath folder) {
        Caller caller = vm.callerOf(UseCase.FILE_READ);
        AuditNote note = vm.permit().note();
        note.about(AuditedFile.of(folder));
        GuestFiles.Tree tree = policy.within(vm, UseCase.FILE_READ, false, limits -> {
            note.begins();
            return files.pack(vm.id(), folder, limits);
        });
        TransferWatch watch = new TransferWatch(
                questions, vm, caller, () -> policy.requireStillWithin(vm, UseCase.FILE_READ, false, tree.path()));
        boolean isKept = false;
        try {
            watch.requireStillAllowed();
            isKept = true;
            return new TreeDownload(files, vm.id(), tree, note, watch, turn(caller));
        } finally {
            if (!isKept) {
                files.close(vm.id(), tree.id());
            }
        }
    }

    /**
     * Returns a folder's real path without packing it: a guest without a stream would pack the whole folder.
     *
     * @throws BellhopException like {@link #open} if the path is missing or not a folder
     */
    public GuestPath find(VisibleVm vm, GuestPath folder) {
        Caller caller = vm.callerOf(UseCase.FILE_READ);
        AuditNote note = vm.permit().note();
        note.about(AuditedFile.of(folder));
        GuestPath real = policy.within(vm, UseCase.FILE_READ, false, limits -> {
            note.begins();
            return folder.hasDrive() ? packed(vm, folder, limits) : found(vm, folder, limits);
        });
        new TransferWatch(questions, vm, caller, () -> {}).requireStillAllowed();
        note.about(AuditedFile.of(real));
        return real;
    }

    /** Asks a Windows guest to pack the folder: it refuses, and the error says why. */
    private GuestPath packed(VisibleVm vm, GuestPath folder, PathLimits limits) {
        GuestFiles.Tree tree = files.pack(vm.id(), folder, limits);
        files.close(vm.id(), tree.id());
        return tree.path();
    }

    private GuestPath found(VisibleVm vm, GuestPath folder, PathLimits limits) {
        GuestFiles.Found found = files.find(vm.id(), folder, true, limits);
        if (found.stat().type() != FileType.DIRECTORY) {
            throw new BellhopException(
                    ErrorCode.NOT_DIRECTORY, "Cannot read all of this directory because it is no directory");
        }
        return found.path();
    }

    private CopyTurn turn(Caller caller) {
        return new CopyTurn(turns.of(caller.key().holder()));
    }

    /**
     * A tar from a caller.
     *
     * @param bytes the stream of the request; not closed here
     * @param decoder decompresses the bytes
     * @param digest of the tar, in hexadecimal; absent if the caller sent none
     */
    public record Sent(
            InputStream bytes,
            UnaryOperator<InputStream> decoder,
            @Nullable String digest) {}

    /**
     * A tree that was written.
     *
     * @param path its real path
     * @param created whether the folder was created for it
     * @param members the number of unpacked members
     * @param leftOut the number of devices and pipes
     * @param bytes the total size of all files
     * @param sha256 the digest of the tar that was sent, in hexadecimal
     * @param transport the transport in use; absent if it is not known
     */
    public record Written(
            GuestPath path,
            boolean created,
            long members,
            long leftOut,
            long bytes,
            String sha256,
            @Nullable Transport transport) {}

    /**
     * Unpacks a tar into a folder, which is created if it is missing; returns when the guest has it on its disk.
     *
     * @param sent what to unpack
     */
    public Written write(VisibleVm vm, GuestPath folder, Sent sent) {
        Caller caller = vm.callerOf(UseCase.FILE_WRITE);
        AuditNote note = vm.permit().note();
        note.about(AuditedFile.of(folder));
        return policy.within(vm, UseCase.FILE_WRITE, true, limits -> {
            note.begins();
            GuestFiles.Tree tree = files.unpack(vm.id(), folder, limits);
            TransferWatch watch = new TransferWatch(
                    questions, vm, caller, () -> policy.requireStillWithin(vm, UseCase.FILE_WRITE, true, tree.path()));
            CopyTurn turn = turn(caller);
            String sha256 = null;
            InputStream tar =
                    sent.decoder.apply(new BufferedInputStream(turn.outside(new Body(sent.bytes, watch)), BUFFER));
            var digested = new DigestInputStream(tar, Digests.sha256());
            TreeCopying copying = new TreeCopying(digested, new Guest(vm, tree, watch, turn), maxBytes, limits);
            try (tar) {
                turn.run(() -> copying.copy(tree.created(), tree.takesHoles()));
                sha256 = HexFormat.of().formatHex(digested.getMessageDigest().digest());
                if (sent.digest != null && !sent.digest.equals(sha256)) {
                    throw UploadWriting.otherDigest("Content-Digest");
                }
                files.finish(vm.id(), tree.id());
                return new Written(
                        tree.path(),
                        tree.created(),
                        copying.members(),
                        copying.leftOut(),
                        copying.bytes(),
                        sha256,
                        tree.transport());
            } catch (IOException e) {
                throw halfway(
                        new BellhopException(
                                ErrorCode.INVALID_REQUEST, "Cannot unpack this tar because " + e.getMessage(), e),
                        copying);
            } catch (BellhopException e) {
                throw halfway(e, copying);
            } finally {
                note.about(AuditedFile.of(tree.path(), copying.members(), copying.bytes(), sha256));
                files.close(vm.id(), tree.id());
            }
        });
    }

    /** Adds the number of sent members to an error. Only the guest knows how many of them it has unpacked. */
    private static BellhopException halfway(BellhopException e, TreeCopying copying) {
        if (copying.members() == 0 || !HALFWAY.contains(e.code())) {
            return e;
        }
        String message =
                e.getMessage() + "; of the " + copying.members() + " members that were sent, some may be there";
        return e.rule()
                .map(rule -> new BellhopException(message, rule))
                .orElseGet(() -> new BellhopException(e.code(), message, e));
    }

    /** The body of a request. If it breaks off, the error is the client's and not an invalid tar. */
    private static final class Body extends FilterInputStream {
        private final TransferWatch watch;

        Body(InputStream in, TransferWatch watch) {
            super(in);
            this.watch = watch;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            // Checked here, because a long body can contain nothing for the guest.
            watch.requireStillAllowed();
            try {
                return super.read(buffer, offset, length);
            } catch (IOException e) {
                throw new BellhopException(
                        ErrorCode.REQUEST_TIMEOUT, "Cannot unpack this tar because the client stopped sending it", e);
            }
        }

        /** The HTTP server closes it. */
        @Override
        public void close() {}
    }

    /** The stream to a guest, in order. */
    private final class Guest extends OutputStream {
        private final VisibleVm vm;
        private final GuestFiles.Tree tree;
        private final TransferWatch watch;
        private final CopyTurn turn;
        private long offset;

        Guest(VisibleVm vm, GuestFiles.Tree tree, TransferWatch watch, CopyTurn turn) {
            this.turn = turn;
            this.vm = vm;
            this.tree = tree;
            this.watch = watch;
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            int at = from;
            while (at < from + length) {
                watch.requireStillAllowed();
                int end = Math.min(from + length, at + GuestFiles.MAX_PIECE);
                byte[] piece = Arrays.copyOfRange(bytes, at, end);
                int count = turn.outside(() -> files.write(vm.id(), tree.id(), offset, piece));
                if (count <= 0) {
                    throw new BellhopException(
                            ErrorCode.GUEST_REFUSED, "Cannot unpack this tar because the guest takes no more bytes");
                }
                at += count;
                offset += count;
            }
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }
    }
}
