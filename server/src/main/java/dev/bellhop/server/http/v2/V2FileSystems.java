// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.vm.FileSystemFreeze;
import dev.bellhop.api.v2.vm.FileSystemTrim;
import dev.bellhop.api.v2.vm.FreezeOptions;
import dev.bellhop.api.v2.vm.TrimOptions;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Trimmed;
import dev.bellhop.server.guest.maintenance.FreezeStatus;
import dev.bellhop.server.guest.maintenance.FrozenFileSystems;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.vm.FileSystemActions;
import java.util.List;

/**
 * {@code /api/v2/vps/{vmid}/fsfreeze} and {@code …/actions/fstrim}: freezes, thaws and trims a guest's file systems.
 */
public record V2FileSystems(VmAccess access, FileSystemActions actions) {
    private static final String FREEZE = "/api/v2/vps/{vmid}/fsfreeze";

    public List<Route> routes() {
        return List.of(
                new Route("GET", FREEZE, UseCase.VM_FSFREEZE_STATUS, this::status),
                new Route("POST", FREEZE, UseCase.VM_FSFREEZE, this::freeze),
                new Route("DELETE", FREEZE, UseCase.VM_FSTHAW, this::thaw),
                new Route("POST", "/api/v2/vps/{vmid}/actions/fstrim", UseCase.VM_FSTRIM, this::trim));
    }

    private VisibleVm find(Call call) {
        return access.find(call.permit(), Parameters.vmid(call));
    }

    private HttpResponse status(Call call) {
        FreezeStatus status = actions.status(find(call));
        return json(new FileSystemFreeze(state(status.isFrozen()), null, status.expiresAt()));
    }

    private HttpResponse freeze(Call call) {
        VisibleVm vm = find(call);
        FreezeOptions options =
                call.isBodyAbsent() ? new FreezeOptions(null, null) : call.strictBody(FreezeOptions.class);
        call.bodyIsDone();
        FrozenFileSystems frozen = actions.freeze(vm, options);
        return json(new FileSystemFreeze(state(true), frozen.count(), frozen.expiresAt()));
    }

    private HttpResponse thaw(Call call) {
        return json(new FileSystemFreeze(state(false), actions.thaw(find(call)), null));
    }

    private static String state(boolean isFrozen) {
        return isFrozen ? "frozen" : "thawed";
    }

    private HttpResponse trim(Call call) {
        VisibleVm vm = find(call);
        TrimOptions options = call.isBodyAbsent() ? new TrimOptions(null) : call.strictBody(TrimOptions.class);
        call.bodyIsDone();
        Trimmed trimmed = actions.trim(vm, options);
        return json(new FileSystemTrim(
                trimmed.fileSystems().stream()
                        .map(each -> new FileSystemTrim.Trimmed(each.mountPoint(), each.trimmedBytes(), each.error()))
                        .toList(),
                trimmed.cut()));
    }

    private static HttpResponse json(Object body) {
        return HttpResponse.json(200, body);
    }
}
