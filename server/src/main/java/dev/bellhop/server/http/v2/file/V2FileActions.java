// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.file;

import dev.bellhop.api.v2.file.ChangeFileMode;
import dev.bellhop.api.v2.file.ChangeFileOwner;
import dev.bellhop.api.v2.file.MakeDirectory;
import dev.bellhop.api.v2.file.RenameFile;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.file.FileChange;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.file.FileChanges;
import java.util.List;

/**
 * {@code DELETE /api/v2/vps/{vmid}/files} and {@code …/files/actions/…}: changes files without writing their content.
 */
public record V2FileActions(VmAccess access, FileChanges changes) {
    private static final String ACTIONS = V2Files.FILES + "/actions/";
    private static final int DIRECTORY_MODE = 0755;

    public List<Route> routes() {
        return List.of(
                new Route("DELETE", V2Files.FILES, UseCase.FILE_DELETE, this::delete).query("path", "recursive"),
                new Route("POST", ACTIONS + "mkdir", UseCase.FILE_MKDIR, this::mkdir),
                new Route("POST", ACTIONS + "rename", UseCase.FILE_RENAME, this::rename),
                new Route("POST", ACTIONS + "chmod", UseCase.FILE_CHMOD, this::chmod),
                new Route("POST", ACTIONS + "chown", UseCase.FILE_CHOWN, this::chown));
    }

    private VisibleVm vm(Call call) {
        return access.find(call.permit(), Parameters.vmid(call));
    }

    private HttpResponse delete(Call call) {
        VisibleVm vm = vm(call);
        FileQuery query = FileQuery.of(call);
        changes.delete(
                vm,
                new FileChange.Delete(query.namedPath(), query.flag("recursive", false)),
                Preconditions.ofChange(call));
        return HttpResponse.noContent();
    }

    private HttpResponse mkdir(Call call) {
        VisibleVm vm = vm(call);
        MakeDirectory wanted = call.strictBody(MakeDirectory.class);
        int mode = wanted.mode() == null ? DIRECTORY_MODE : FileQuery.mode("/mode", wanted.mode());
        FileChange.MakeFolder change =
                new FileChange.MakeFolder(FileViews.path(wanted.path(), wanted.pathBase64(), "path"), mode);
        ofBody(() -> changes.makeFolder(vm, change, Boolean.TRUE.equals(wanted.parents())));
        return HttpResponse.noContent();
    }

    private HttpResponse rename(Call call) {
        VisibleVm vm = vm(call);
        RenameFile wanted = call.strictBody(RenameFile.class);
        FileChange.Rename change = new FileChange.Rename(
                FileViews.path(wanted.path(), wanted.pathBase64(), "path"),
                FileViews.path(wanted.to(), wanted.toBase64(), "to"),
                Boolean.TRUE.equals(wanted.overwrite()));
        ofBody(() -> changes.rename(vm, change, Preconditions.ofChange(call)));
        return HttpResponse.noContent();
    }

    private HttpResponse chmod(Call call) {
        VisibleVm vm = vm(call);
        ChangeFileMode wanted = call.strictBody(ChangeFileMode.class);
        FileChange.ChangeMode change = new FileChange.ChangeMode(
                FileViews.path(wanted.path(), wanted.pathBase64(), "path"), FileQuery.mode("/mode", wanted.mode()));
        ofBody(() -> changes.chmod(vm, change, Preconditions.ofChange(call)));
        return HttpResponse.noContent();
    }

    private HttpResponse chown(Call call) {
        VisibleVm vm = vm(call);
        ChangeFileOwner wanted = call.strictBody(ChangeFileOwner.class);
        FileChange.ChangeOwner change = new FileChange.ChangeOwner(
                FileViews.path(wanted.path(), wanted.pathBase64(), "path"), FileQuery.owner("/owner", wanted.owner()));
        ofBody(() -> changes.chown(vm, change, Preconditions.ofChange(call)));
        return HttpResponse.noContent();
    }

    /** Reports an invalid path as a fault in the body; other routes have it in the query. */
    private static void ofBody(Runnable change) {
        try {
            change.run();
        } catch (BellhopException e) {
            if (e.faults().isEmpty()) {
                throw e;
            }
            throw new BellhopException(
                    String.valueOf(e.getMessage()),
                    e.faults().stream()
                            .map(each -> each.pointer().startsWith("/")
                                    ? each
                                    : new FieldFault("/" + each.pointer(), each.detail(), each.fault()))
                            .toList());
        }
    }
}
