// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.guest;

import dev.bellhop.api.v2.guest.CheckupView;
import dev.bellhop.api.v2.guest.ServerCheckupView;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.doctor.Checkup;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.vm.Checkups;
import java.util.List;

/** {@code /api/v2/doctor} and {@code /api/v2/vps/{vmid}/doctor}. */
public record V2Doctor(VmAccess access, Checkups checkups) {
    public List<Route> routes() {
        return List.of(
                new Route("GET", "/api/v2/doctor", UseCase.SERVER_DOCTOR, this::server),
                new Route("GET", "/api/v2/vps/{vmid}/doctor", UseCase.VM_DOCTOR, this::vm));
    }

    private HttpResponse server(Call call) {
        Key key = checkups.key(call.permit());
        return HttpResponse.json(
                200,
                new ServerCheckupView(
                        V2Doctor.class.getPackage().getImplementationVersion(),
                        key.id(),
                        key.name(),
                        key.scopes().stream().sorted().map(Scope::wireName).toList(),
                        key.tenant().accountId(),
                        key.expiresAt()));
    }

    private HttpResponse vm(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        Checkup checkup = checkups.examine(vm);
        return HttpResponse.json(
                200,
                new CheckupView(
                        vm.id().value(),
                        checkup.status().wireName(),
                        checkup.at(),
                        checkup.checks().stream()
                                .map(check -> new CheckupView.Check(
                                        check.id(), check.status().wireName(), check.found(), check.advice()))
                                .toList()));
    }
}
