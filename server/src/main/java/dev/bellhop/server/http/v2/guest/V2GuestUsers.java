// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.guest;

import dev.bellhop.api.Timestamps;
import dev.bellhop.api.v2.guest.AddAuthorizedKey;
import dev.bellhop.api.v2.guest.AuthorizedKeyList;
import dev.bellhop.api.v2.guest.AuthorizedKeyView;
import dev.bellhop.api.v2.guest.SetPassword;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.login.AuthorizedKey;
import dev.bellhop.server.login.AuthorizedKeys;
import dev.bellhop.server.login.NewPassword;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.vm.GuestUsers;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** {@code /api/v2/vps/{vmid}/actions/set-password} and {@code /api/v2/vps/{vmid}/ssh-keys}. */
public record V2GuestUsers(VmAccess access, GuestUsers users) {
    private static final String VM = "/api/v2/vps/{vmid}";
    private static final String KEYS = VM + "/ssh-keys";
    private static final String ROOT = "root";

    public List<Route> routes() {
        return List.of(
                new Route("POST", VM + "/actions/set-password", UseCase.GUEST_PASSWORD_SET, this::setPassword),
                new Route("GET", KEYS, UseCase.GUEST_KEY_LIST, this::keys).query("user"),
                new Route("POST", KEYS, UseCase.GUEST_KEY_ADD, this::addKey),
                new Route("DELETE", KEYS, UseCase.GUEST_KEY_REMOVE, this::removeKey).query("user", "fingerprint"));
    }

    private VisibleVm find(Call call) {
        return access.find(call.permit(), Parameters.vmid(call));
    }

    private HttpResponse setPassword(Call call) {
        VisibleVm vm = find(call);
        SetPassword body = call.strictBody(SetPassword.class);
        call.bodyIsRead();
        NewPassword password = new NewPassword(body.password(), Boolean.TRUE.equals(body.crypted()));
        users.setPassword(vm, body.user(), password);
        return HttpResponse.noContent();
    }

    private static String user(Call call) {
        return call.query("user").orElse(ROOT);
    }

    private HttpResponse keys(Call call) {
        AuthorizedKeys keys = users.keys(find(call), user(call));
        AuthorizedKeyList list = new AuthorizedKeyList(
                keys.keys().stream().map(V2GuestUsers::view).toList(), keys.cut() ? true : null);
        return HttpResponse.json(200, list);
    }

    private HttpResponse addKey(Call call) {
        VisibleVm vm = find(call);
        AddAuthorizedKey body = call.strictBody(AddAuthorizedKey.class);
        AuthorizedKey added = users.addKey(vm, body.user(), body.key(), body.expiresAt());
        String location = KEYS.replace("{vmid}", vm.id().toString())
                + "?user=" + URLEncoder.encode(body.user(), StandardCharsets.UTF_8)
                + "&fingerprint=" + URLEncoder.encode(added.fingerprint(), StandardCharsets.UTF_8);
        return HttpResponse.json(201, view(added)).with(Map.of("Location", location));
    }

    private HttpResponse removeKey(Call call) {
        VisibleVm vm = find(call);
        String fingerprint = call.query("fingerprint")
                .orElseThrow(() -> Parameters.invalid("fingerprint", "As ssh-keygen -l prints it", Fault.REQUIRED));
        users.removeKey(vm, user(call), fingerprint);
        return HttpResponse.noContent();
    }

    private static AuthorizedKeyView view(AuthorizedKey key) {
        return new AuthorizedKeyView(key.fingerprint(), key.type(), key.comment(), Timestamps.shown(key.expiresAt()));
    }
}
