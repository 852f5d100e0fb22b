// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.file.FileChange;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.FileType;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.file.PathLimits;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Creates and deletes files, and changes their names, modes and owners. Thread safe. */
public final class FileChanges {
    private static final int MAX_MISSING = 64;
    private static final int MAX_ATTEMPTS = 3;

    private final GuestFiles files;
    private final FilePolicy policy;

    public FileChanges(GuestFiles files, Keys keys, Accounts accounts) {
        this.files = files;
        this.policy = new FilePolicy(keys, accounts);
    }

    /**
     * Deletes a file, a link or a directory.
     *
     * @param condition on its present state; absent for any state
     */
    public void delete(VisibleVm vm, FileChange.Delete change, @Nullable Precondition<FileStat> condition) {
        change(vm, UseCase.FILE_DELETE, change, condition);
    }

    public void rename(VisibleVm vm, FileChange.Rename change, @Nullable Precondition<FileStat> condition) {
        change(vm, UseCase.FILE_RENAME, change, condition);
    }

    public void chmod(VisibleVm vm, FileChange.ChangeMode change, @Nullable Precondition<FileStat> condition) {
        change(vm, UseCase.FILE_CHMOD, change, condition);
    }

    public void chown(VisibleVm vm, FileChange.ChangeOwner change, @Nullable Precondition<FileStat> condition) {
        change(vm, UseCase.FILE_CHOWN, change, condition);
    }

    public void unlink(VisibleVm vm, FileChange.Unlink change) {
        change(vm, UseCase.FILE_DELETE, change);
    }

    public void setAttributes(VisibleVm vm, FileChange.SetAttributes change) {
        change(vm, UseCase.FILE_ATTRIBUTES, change);
    }

    public void link(VisibleVm vm, FileChange.SymbolicLink change) {
        change(vm, UseCase.FILE_LINK, change);
    }

    public void link(VisibleVm vm, FileChange.HardLink change) {
        change(vm, UseCase.FILE_LINK, change);
    }

    private void change(VisibleVm vm, UseCase useCase, FileChange change) {
        begin(vm, useCase, change);
        policy.within(vm, useCase, true, limits -> {
            vm.permit().note().begins();
            files.change(vm.id(), change, limits);
            return change;
        });
    }

    private void change(
            VisibleVm vm, UseCase useCase, FileChange.Conditional change, @Nullable Precondition<FileStat> condition) {
        if (condition == null) {
            change(vm, useCase, change);
            return;
        }
        begin(vm, useCase, change);
        policy.within(vm, useCase, true, limits -> {
            vm.permit().note().begins();
            changeIf(condition, vm, change, limits);
            return change;
        });
    }

    /**
     * Retries if the file changes between the check and the change, because the new state can also meet the condition:
     * {@code *} accepts any state.
     */
    private void changeIf(
            Precondition<FileStat> condition, VisibleVm vm, FileChange.Conditional change, PathLimits limits) {
        for (int attempt = 1; ; attempt++) {
            FileStat present =
                    files.find(vm.id(), change.path(), change.follows(), limits).stat();
            condition.require(present);
            try {
                files.changeIfUnchanged(vm.id(), change, present, limits);
                return;
            } catch (BellhopException e) {
                if (e.code() != ErrorCode.PRECONDITION_FAILED || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static void begin(VisibleVm vm, UseCase useCase, FileChange change) {
        vm.callerOf(useCase);
        AuditNote note = vm.permit().note();
        note.about(
                switch (change) {
                    case FileChange.Rename(GuestPath path, GuestPath to, boolean _) -> AuditedFile.of(path, to);
                    case FileChange.HardLink(GuestPath path, GuestPath to) -> AuditedFile.of(path, to);
                    default -> AuditedFile.of(change.path());
                });
    }

    /**
     * Creates a folder.
     *
     * @param parents whether to create missing parents, and to accept a folder that already exists
     */
    public void makeFolder(VisibleVm vm, FileChange.MakeFolder change, boolean parents) {
        begin(vm, UseCase.FILE_MKDIR, change);
        policy.within(vm, UseCase.FILE_MKDIR, true, limits -> {
            vm.permit().note().begins();
            if (!parents) {
                files.change(vm.id(), change, limits);
                return change;
            }
            for (GuestPath missing : missing(vm, change.path(), limits)) {
                files.change(vm.id(), new FileChange.MakeFolder(missing, change.mode()), limits);
            }
            return change;
        });
    }

    /** Returns the missing folders, from the top down. Each check runs two scripts in the guest. */
    private Deque<GuestPath> missing(VisibleVm vm, GuestPath path, PathLimits limits) {
        Deque<GuestPath> missing = new ArrayDeque<>();
        for (GuestPath at = path; !at.isRoot(); at = at.parent()) {
            try {
                if (files.find(vm.id(), at, true, limits).stat().type() != FileType.DIRECTORY) {
                    throw new BellhopException(
                            ErrorCode.FILE_EXISTS, "Cannot make this directory because something else has its name");
                }
                return missing;
            } catch (BellhopException e) {
                if (e.code() == ErrorCode.NOT_SUPPORTED && at.hasDrive() && !missing.isEmpty()) {
                    return missing; // Possibly a junction: the guest resolves it when it creates the next folder.
                }
                if (e.code() != ErrorCode.FILE_NOT_FOUND) {
                    throw e;
                }
                missing.addFirst(at);
                if (missing.size() > MAX_MISSING) {
                    throw new BellhopException(
                            ErrorCode.INVALID_REQUEST,
                            "Cannot make more than " + MAX_MISSING + " directories with one request");
                }
            }
        }
        return missing;
    }
}
