// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.FileOpening;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.file.FileInPlace;
import dev.bellhop.server.service.file.FileServices;
import java.util.function.BiFunction;

/**
 * The use cases for one login. Each call checks the caller and the permission, and records the outcome in the audit
 * trail.
 */
record SftpCalls(VmAccess access, AuditTrail trail, FileServices files, SftpLogin login) {
    /** An open file, with its audit note that has not ended yet. */
    record Opened(FileInPlace file, AuditNote note) {}

    /** Throws if the caller is not allowed to do this for any path. */
    void require(UseCase useCase) {
        AuditNote note = new AuditNote(trail, login.nextCaller(), useCase);
        note.about(login.vm());
        try {
            useCase.require(note.caller());
            requireRoot();
        } catch (BellhopException e) {
            note.ended(e.code(), null);
            throw e;
        }
    }

    private void requireRoot() {
        if (login.isSomebodyElse()) {
            throw new BellhopException(
                    ErrorCode.NOT_SUPPORTED,
                    "Cannot serve files as another user of the guest than root; log in without one, or copy as that user by a command");
        }
    }

    <T> T ask(UseCase useCase, BiFunction<FileServices, VisibleVm, T> work) {
        AuditNote note = new AuditNote(trail, login.nextCaller(), useCase);
        T done = asking(note, work);
        note.ended(null, null);
        return done;
    }

    /** Opens a file. The caller of this method has to end the note. */
    Opened open(GuestPath path, FileOpening opening) {
        UseCase useCase = opening.access().writes() ? UseCase.FILE_WRITE : UseCase.FILE_READ;
        AuditNote note = new AuditNote(trail, login.nextCaller(), useCase);
        return new Opened(asking(note, (all, vm) -> all.inPlace().open(vm, path, opening)), note);
    }

    private <T> T asking(AuditNote note, BiFunction<FileServices, VisibleVm, T> work) {
        note.about(login.vm());
        ErrorCode failure = ErrorCode.INTERNAL_ERROR;
        boolean isDone = false;
        try {
            T done = Permit.during(note, permit -> work.apply(files, access.find(permit, login.vm())));
            isDone = true;
            return done;
        } catch (BellhopException e) {
            failure = e.code();
            throw e;
        } finally {
            if (!isDone) {
                note.ended(failure, null);
            }
        }
    }
}
