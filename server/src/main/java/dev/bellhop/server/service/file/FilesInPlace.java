// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.file.FileOpening;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import java.util.function.BooleanSupplier;

/**
 * Opens files for reads and writes in place, for doors whose clients work this way. Other readers in the guest can see
 * such a file half written. Thread safe.
 */
public final class FilesInPlace {
    private final GuestFiles files;
    private final long maxBytes;
    private final FilePolicy policy;
    private final TransferWatch.Questions questions;

    /**
     * Creates an instance that reads and writes within the policies of keys and accounts.
     *
     * @param maxBytes the limit for one file that is written
     * @param serving false once the server stops: transfers then end
     */
    public FilesInPlace(
            GuestFiles files, long maxBytes, VmAccess access, Keys keys, Accounts accounts, BooleanSupplier serving) {
        this.files = files;
        this.maxBytes = maxBytes;
        this.policy = new FilePolicy(keys, accounts);
        this.questions = new TransferWatch.Questions(access, keys, serving);
    }

    /**
     * Opens a file. The caller must close it, and then report on the permit's note how it ended.
     *
     * <p>Needs a permit for {@link UseCase#FILE_READ} or {@link UseCase#FILE_WRITE}, depending on the access.
     */
    public FileInPlace open(VisibleVm vm, GuestPath path, FileOpening opening) {
        boolean writes = opening.access().writes();
        UseCase useCase = writes ? UseCase.FILE_WRITE : UseCase.FILE_READ;
        Caller caller = vm.callerOf(useCase);
        vm.permit().note().about(AuditedFile.of(path));
        FileInPlace.Opener opener = (where, how) -> policy.within(vm, useCase, writes, limits -> {
            vm.permit().note().begins();
            if (how.creation() != FileOpening.Creation.NEVER) {
                limits.requireMode("Cannot make this file", how.mode());
            }
            return files.openInPlace(vm.id(), where, how, limits);
        });
        FileInPlace.Syncer syncer = change -> policy.within(vm, useCase, writes, limits -> {
            files.change(vm.id(), change, limits);
            return change;
        });
        GuestFiles.Opened opened = opener.open(path, opening);
        TransferWatch watch = new TransferWatch(
                questions, vm, caller, () -> policy.requireStillWithin(vm, useCase, writes, opened.path()));
        boolean isKept = false;
        try {
            watch.requireStillAllowed();
            isKept = true;
            return new FileInPlace(
                    files,
                    vm.id(),
                    maxBytes,
                    opening,
                    opened,
                    opener,
                    syncer,
                    watch,
                    vm.permit().note());
        } finally {
            if (!isKept) {
                files.close(vm.id(), opened.id());
            }
        }
    }
}
