// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.file.FileSpace;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Reads files of guests: their content, their attributes, and the entries of folders. Thread safe. */
public final class FileReads {
    private final GuestFiles files;
    private final FilePolicy policy;
    private final TransferWatch.Questions questions;

    /**
     * Creates an instance that reads within the policies of keys and accounts.
     *
     * @param serving false once the server stops: transfers then end
     */
    public FileReads(GuestFiles files, VmAccess access, Keys keys, Accounts accounts, BooleanSupplier serving) {
        this.files = files;
        this.policy = new FilePolicy(keys, accounts);
        this.questions = new TransferWatch.Questions(access, keys, serving);
    }

    /**
     * Returns the attributes of a path.
     *
     * @param follow whether to follow a link at the end of the path
     */
    public GuestFiles.Found find(VisibleVm vm, GuestPath path, boolean follow) {
        GuestFiles.Found found =
                policy.within(vm, UseCase.FILE_FIND, false, limits -> files.find(vm.id(), path, follow, limits));
        requireStillAllowed(vm, UseCase.FILE_FIND);
        return found;
    }

    /**
     * Returns a page of the entries of a folder.
     *
     * @param after the last name of the previous page; absent for the first page
     */
    public GuestFiles.Listing list(VisibleVm vm, GuestPath folder, byte @Nullable [] after, int most) {
        GuestFiles.Listing listing =
                policy.within(vm, UseCase.FILE_LIST, false, limits -> files.list(vm.id(), folder, after, most, limits));
        requireStillAllowed(vm, UseCase.FILE_LIST);
        return listing;
    }

    /** Returns the free space of the file system that contains a path. */
    public FileSpace space(VisibleVm vm, GuestPath path) {
        FileSpace space = policy.within(vm, UseCase.FILE_SPACE, false, limits -> files.space(vm.id(), path, limits));
        requireStillAllowed(vm, UseCase.FILE_SPACE);
        return space;
    }

    /** Checks again, because the guest may have been slow and the VM may have another owner now. */
    private void requireStillAllowed(VisibleVm vm, UseCase useCase) {
        new TransferWatch(questions, vm, vm.callerOf(useCase), () -> {}).requireStillAllowed();
    }

    /**
     * Opens a file for reading; the caller must close it.
     *
     * @param sum whether the guest computes the digest first, which reads the whole file
     */
    public FileDownload open(VisibleVm vm, GuestPath path, boolean sum) {
        Caller caller = vm.callerOf(UseCase.FILE_READ);
        AuditNote note = vm.permit().note();
        note.about(AuditedFile.of(path));
        GuestFiles.Opened opened = policy.within(vm, UseCase.FILE_READ, false, limits -> {
            note.begins();
            return files.open(vm.id(), path, sum, limits);
        });
        TransferWatch watch = new TransferWatch(
                questions, vm, caller, () -> policy.requireStillWithin(vm, UseCase.FILE_READ, false, opened.path()));
        boolean isKept = false;
        try {
            watch.requireStillAllowed();
            isKept = true;
            return new FileDownload(files, vm.id(), opened, note, watch);
        } finally {
            if (!isKept) {
                files.close(vm.id(), opened.id());
            }
        }
    }
}
