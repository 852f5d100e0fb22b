// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.file.FileCommit;
import dev.bellhop.server.file.FileCommit.Condition;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.file.PathLimits;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import java.io.InputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes files in guests atomically: a name refers to the old file or to the whole new file at any time, even after a
 * crash. Thread safe.
 */
public final class FileWrites {
    private static final int MIN_WINDOWS_YEAR = 1601;
    private static final int MAX_WINDOWS_YEAR = 9999;

    private final GuestFiles files;
    private final long maxBytes;
    private final FilePolicy policy;
    private final TransferWatch.Questions questions;

    /** Uploads in progress. Two requests that write the same upload would corrupt it. */
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    /**
     * Creates an instance that writes within the policies of keys and accounts.
     *
     * @param maxBytes the limit for one file
     * @param serving false once the server stops: transfers then end
     */
    public FileWrites(
            GuestFiles files, long maxBytes, VmAccess access, Keys keys, Accounts accounts, BooleanSupplier serving) {
        this.files = files;
        this.maxBytes = maxBytes;
        this.policy = new FilePolicy(keys, accounts);
        this.questions = new TransferWatch.Questions(access, keys, serving);
    }

    /** The result of a write. */
    public sealed interface Outcome {
        /**
         * The whole file.
         *
         * @param created whether nothing was there before
         */
        record Whole(GuestFiles.Written file, boolean created) implements Outcome {}

        /**
         * A part of the file.
         *
         * @param offset the number of bytes stored; the rest must follow
         */
        record Part(GuestPath path, long offset) implements Outcome {}
    }

    /**
     * Writes the body of a request; returns once the guest has the whole file, or the part that was sent, on its disk.
     */
    public Outcome write(VisibleVm vm, FileUpload upload, InputStream body) {
        Caller caller = vm.callerOf(UseCase.FILE_WRITE);
        AuditNote note = vm.permit().note();
        note.about(AuditedFile.of(upload.path()));
        requireSize(upload);
        requireFits(upload);
        String name = upload.name() == null ? UUID.randomUUID().toString() : upload.name();
        String mine = vm.id() + " " + upload.path().encoded() + " " + name;
        if (!underWay.add(mine)) {
            throw new BellhopException(
                    ErrorCode.UPLOAD_OFFSET,
                    "Cannot go on with this upload because another request sends a part of it; try again in a moment");
        }
        try {
            return policy.within(vm, UseCase.FILE_WRITE, true, limits -> {
                note.begins();
                GuestFiles.Upload begun = begin(vm, upload, name, limits);
                boolean keep = upload.name() != null;
                try {
                    requireCondition(upload, begun.target());
                    requireMode(upload, begun.target(), limits);
                    requireOffset(upload, begun.offset());
                    TransferWatch watch = new TransferWatch(
                            questions,
                            vm,
                            caller,
                            () -> policy.requireStillWithin(vm, UseCase.FILE_WRITE, true, begun.path()));
                    var writing = new UploadWriting(files, vm.id(), begun.id(), upload, maxBytes, watch);
                    writing.copy(body);
                    Outcome outcome = end(vm, upload, begun, writing);
                    keep = true;
                    note.about(audited(outcome));
                    return outcome;
                } catch (BellhopException e) {
                    // The guest received other data than the caller meant, so the upload cannot be resumed.
                    keep = keep && e.code() != ErrorCode.DIGEST_MISMATCH;
                    throw e;
                } finally {
                    files.close(vm.id(), begun.id());
                    if (!keep) {
                        abandonQuietly(vm, upload.path(), name, limits);
                    }
                }
            });
        } finally {
            underWay.remove(mine);
        }
    }

    /**
     * Removes a part that a late failure leaves if it has no name, because it cannot be resumed; except if the guest
     * does not answer.
     */
    private GuestFiles.Upload begin(VisibleVm vm, FileUpload upload, String name, PathLimits limits) {
        try {
            return files.begin(vm.id(), upload.path(), name, upload.offset() == 0, limits);
        } catch (BellhopException e) {
            if (upload.name() == null && e.code() != ErrorCode.AGENT_UNAVAILABLE) {
                abandonQuietly(vm, upload.path(), name, limits);
            }
            throw e;
        }
    }

    private void requireSize(FileUpload upload) {
        Long length = upload.length();
        Long total = upload.total();
        long size = total != null ? total : upload.offset() + (length == null ? 0 : length);
        if (size > maxBytes) {
            throw UploadWriting.tooLarge(maxBytes);
        }
    }

    /** Refuses attributes early that a Windows guest would refuse after the whole file was sent. */
    private static void requireFits(FileUpload upload) {
        if (!upload.path().hasDrive()) {
            return;
        }
        if (upload.owner() != null) {
            throw new BellhopException(
                    ErrorCode.NOT_SUPPORTED,
                    "Cannot write this file because an owner by name or number means nothing in a Windows guest; leave it out");
        }
        Instant modified = upload.modified();
        int year = modified == null
                ? MIN_WINDOWS_YEAR
                : modified.atOffset(ZoneOffset.UTC).getYear();
        if (year < MIN_WINDOWS_YEAR || year > MAX_WINDOWS_YEAR) {
            throw new BellhopException(
                    "Cannot give a file of a Windows guest this time",
                    List.of(new FieldFault(
                            "mtime",
                            "A time from " + MIN_WINDOWS_YEAR + " to " + MAX_WINDOWS_YEAR + ", as Windows has them",
                            Fault.OUT_OF_RANGE)));
        }
    }

    private static void requireCondition(FileUpload upload, @Nullable FileStat target) {
        if (upload.condition() != null) {
            upload.condition().require(target);
        }
    }

    /**
     * Returns the condition for the guest, which checks right before the rename that the file has not changed since it
     * met the caller's condition.
     */
    private static Condition condition(FileUpload upload, @Nullable FileStat checked) {
        if (upload.condition() == null) {
            return new Condition.Any();
        }
        return checked == null ? new Condition.Absent() : new Condition.Unchanged();
    }

    /** Checks the mode before the body is sent. The guest checks the target again at the rename. */
    private static void requireMode(FileUpload upload, @Nullable FileStat target, PathLimits limits) {
        Integer mode = upload.mode() == null && target != null ? Integer.valueOf(target.mode()) : upload.mode();
        if (mode != null) {
            limits.requireMode("Cannot write this file", mode);
        }
    }

    private static void requireOffset(FileUpload upload, long there) {
        if (upload.offset() != there) {
            throw new BellhopException(
                    ErrorCode.UPLOAD_OFFSET,
                    "Cannot go on with this upload from there because the guest has " + there
                            + " bytes of it; send those from offset " + there + " on");
        }
    }

    private Outcome end(VisibleVm vm, FileUpload upload, GuestFiles.Upload begun, UploadWriting writing) {
        long size = upload.offset() + writing.written();
        Long total = upload.total();
        if (total != null && size < total) {
            files.flush(vm.id(), begun.id());
            return new Outcome.Part(begun.path(), size);
        }
        String told = upload.wholeDigest();
        boolean sawAll = upload.offset() == 0;
        FileCommit commit = new FileCommit(
                size,
                sawAll ? writing.sha256() : told,
                sawAll,
                sawAll || told != null ? null : new FileCommit.Tail(upload.offset(), writing.sha256()),
                condition(upload, begun.target()),
                upload.mode(),
                upload.owner(),
                upload.modified());
        if (sawAll && told != null && !told.equals(writing.sha256())) {
            throw UploadWriting.otherDigest("Repr-Digest");
        }
        try {
            return new Outcome.Whole(files.commit(vm.id(), begun.id(), commit), begun.target() == null);
        } catch (BellhopException e) {
            if (e.code() == ErrorCode.FILE_EXISTS) {
                throw new BellhopException(
                        ErrorCode.PRECONDITION_FAILED,
                        "Cannot write this file because another one got its name while this one was sent",
                        e);
            }
            throw e;
        }
    }

    private static String audited(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Whole(GuestFiles.Written file, boolean created) ->
                AuditedFile.of(file.path(), file.stat().size(), file.sha256());
            case Outcome.Part(GuestPath path, long offset) -> AuditedFile.of(path, offset, null);
        };
    }

    /** Ignores failures: the guest removes the rest a day later, with the next write to that folder. */
    private void abandonQuietly(VisibleVm vm, GuestPath path, String name, PathLimits limits) {
        try {
            files.abandon(vm.id(), path, name, limits);
        } catch (BellhopException e) {
            // The request has already failed or succeeded.
        }
    }

    /** Returns the number of bytes stored of an upload; throws {@code FILE_NOT_FOUND}. */
    public long offset(VisibleVm vm, GuestPath path, String name) {
        return policy.within(vm, UseCase.FILE_UPLOAD_FIND, true, limits -> files.offset(vm.id(), path, name, limits));
    }

    /** Deletes an upload; throws {@code FILE_NOT_FOUND}. */
    public void abandon(VisibleVm vm, GuestPath path, String name) {
        boolean was = policy.within(vm, UseCase.FILE_UPLOAD_DELETE, true, limits -> {
            vm.permit().note().about(AuditedFile.of(path));
            vm.permit().note().begins();
            return files.abandon(vm.id(), path, name, limits);
        });
        if (!was) {
            throw new BellhopException(
                    ErrorCode.FILE_NOT_FOUND, "Cannot find this upload because nothing is there of it");
        }
    }
}
