// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.admin;

import dev.bellhop.api.v2.admin.RegisterSshKey;
import dev.bellhop.api.v2.admin.SshKeyList;
import dev.bellhop.api.v2.admin.SshKeyView;
import dev.bellhop.server.access.ssh.SshKey;
import dev.bellhop.server.access.ssh.SshKeys.Added;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.admin.SshKeyAdmin;
import dev.bellhop.server.service.admin.SshKeyAdmin.Shown;
import java.util.List;
import java.util.Map;

/** {@code /api/v2/keys/{id}/ssh-keys}: registers, lists and removes the SSH keys of an API key. */
public record V2SshKeys(SshKeyAdmin sshKeys) {
    private static final String PATH = "/api/v2/keys/{id}/ssh-keys";

    public List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.SSH_KEY_LIST, this::list),
                new Route("POST", PATH, UseCase.SSH_KEY_REGISTER, this::register),
                new Route("DELETE", PATH + "/{sshKeyId}", UseCase.SSH_KEY_REMOVE, this::remove));
    }

    private HttpResponse list(Call call) {
        List<SshKeyView> items = sshKeys.list(call.permit(), call.pathParameter("id")).stream()
                .map(V2SshKeys::view)
                .toList();
        return HttpResponse.json(200, new SshKeyList(items));
    }

    private HttpResponse register(Call call) {
        Added added = sshKeys.register(
                call.permit(),
                call.pathParameter("id"),
                () -> call.strictBody(RegisterSshKey.class),
                call.receivedAt());
        SshKeyView view = view(sshKeys.show(added.key()));
        return added.isNew()
                ? HttpResponse.json(201, view)
                        .with(Map.of(
                                "Location", PATH.replace("{id}", added.key().keyId()) + "/" + view.id()))
                : HttpResponse.json(200, view);
    }

    private HttpResponse remove(Call call) {
        sshKeys.remove(call.permit(), call.pathParameter("id"), call.pathParameter("sshKeyId"));
        return HttpResponse.noContent();
    }

    private static SshKeyView view(Shown shown) {
        SshKey key = shown.key();
        return new SshKeyView(
                key.id(),
                key.fingerprint(),
                key.publicKey().type(),
                key.publicKey().line(),
                key.principals(),
                key.label(),
                key.addedAt(),
                key.addedBy(),
                key.expiresAt(),
                shown.lastUsedAt());
    }
}
