// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.admin.SshDoorView;
import dev.bellhop.api.v2.admin.SshHostKey;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.SshEndpoint;
import dev.bellhop.server.service.SshEndpointReads;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.sshkey.PublicKey;
import java.util.List;

/** {@code /api/v2/ssh}: the address of the SSH door and its host keys. */
public record V2SshDoor(SshEndpointReads doors) {
    public List<Route> routes() {
        return List.of(new Route("GET", "/api/v2/ssh", UseCase.SSH_DOOR_FIND, this::find));
    }

    private HttpResponse find(Call call) {
        SshEndpoint door = doors.find(call.permit());
        List<SshHostKey> hostKeys =
                door.hostKeys().stream().map(V2SshDoor::view).toList();
        return HttpResponse.json(200, new SshDoorView(door.host(), door.port(), hostKeys));
    }

    private static SshHostKey view(PublicKey key) {
        return new SshHostKey(key.type(), key.withoutComment().line(), key.fingerprint());
    }
}
