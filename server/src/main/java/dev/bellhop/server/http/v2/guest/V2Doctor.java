// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.guest;

import dev.bellhop.api.v2.guest.ServerCheckupView;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.vm.Checkups;
import java.util.List;

/** {@code /api/v2/doctor}: whether the server is reachable, and the rights of the key. */
public record V2Doctor(Checkups checkups) {
    public List<Route> routes() {
        return List.of(new Route("GET", "/api/v2/doctor", UseCase.SERVER_DOCTOR, this::server));
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
}
