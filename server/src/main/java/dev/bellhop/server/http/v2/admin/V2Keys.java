// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.admin;

import dev.bellhop.api.v2.admin.CreateKey;
import dev.bellhop.api.v2.admin.CreatedKey;
import dev.bellhop.api.v2.admin.KeyView;
import dev.bellhop.api.v2.admin.RotateKey;
import dev.bellhop.api.v2.admin.UpdateKey;
import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.v2.EntityTags;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.admin.KeyAdmin;
import dev.bellhop.server.service.admin.KeyAdmin.ShownKey;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /api/v2/keys}: creates, lists, rotates and revokes API keys: all, or the keys of the caller's account. */
public record V2Keys(KeyAdmin keys) {
    private static final String PATH = "/api/v2/keys";

    public List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.KEY_LIST, this::list)
                        .query("account", "name", "scope", "vmid", "limit", "cursor"),
                new Route("POST", PATH, UseCase.KEY_CREATE, this::create),
                new Route("GET", PATH + "/{id}", UseCase.KEY_FIND, this::find),
                new Route("PATCH", PATH + "/{id}", UseCase.KEY_UPDATE, this::update),
                new Route("DELETE", PATH + "/{id}", UseCase.KEY_REVOKE, this::revoke),
                new Route("POST", PATH + "/{id}/actions/rotate", UseCase.KEY_ROTATE, this::rotate));
    }

    private HttpResponse create(Call call) {
        ShownKey created = keys.create(call.permit(), call.strictBody(CreateKey.class), call.receivedAt());
        return EntityTags.created(PATH + "/" + created.key().id(), withSecret(created), etag(created.key()));
    }

    private HttpResponse rotate(Call call) {
        ShownKey rotated = keys.rotate(
                call.permit(),
                call.pathParameter("id"),
                () -> call.isBodyAbsent()
                        ? null
                        : call.strictBody(RotateKey.class).overlapSeconds(),
                EntityTags.ofChange(call, V2Keys::etag));
        return EntityTags.changed(withSecret(rotated), etag(rotated.key()));
    }

    private HttpResponse update(Call call) {
        ShownKey updated = keys.update(
                call.permit(),
                call.pathParameter("id"),
                () -> call.strictBody(UpdateKey.class),
                EntityTags.ofChange(call, V2Keys::etag),
                call.receivedAt());
        return EntityTags.changed(view(updated), etag(updated.key()));
    }

    private HttpResponse find(Call call) {
        Key key = keys.find(call.permit(), call.pathParameter("id"));
        return EntityTags.read(call, view(keys.show(key)), etag(key));
    }

    /** Ignores the times that change by use and not by an administrator, or each use would refuse a change. */
    private static String etag(Key key) {
        return EntityTags.of(List.of(view(new ShownKey(key, null, null, null)), key.secretNumber()));
    }

    private static CreatedKey withSecret(ShownKey shown) {
        Key key = shown.key();
        return new CreatedKey(
                key.id(),
                String.valueOf(shown.secret()),
                key.name(),
                scopeNames(key),
                vmIds(key),
                key.createdAt(),
                key.expiresAt(),
                key.tenant().accountId(),
                networks(key),
                shown.oldSecretUntil(),
                labels(key),
                V2Policies.view(key));
    }

    private HttpResponse list(Call call) {
        KeyAdmin.Filter filter = new KeyAdmin.Filter(
                Parameters.accountId(call).orElse(null),
                Parameters.name(call).orElse(null),
                Parameters.word(call, "scope", Scope::parse, "One of " + Scope.NAMES)
                        .orElse(null),
                Parameters.listedVm(call).orElse(null));
        return HttpResponse.json(
                200,
                Paging.of(call, "keys")
                        .page(
                                keys.list(call.permit(), filter),
                                key -> Paging.position(key.createdAt(), key.id()),
                                some -> some.stream()
                                        .map(keys::show)
                                        .map(V2Keys::view)
                                        .toList()));
    }

    private HttpResponse revoke(Call call) {
        keys.revoke(call.permit(), call.pathParameter("id"), EntityTags.ofChange(call, V2Keys::etag));
        return HttpResponse.noContent();
    }

    private static KeyView view(ShownKey shown) {
        Key key = shown.key();
        return new KeyView(
                key.id(),
                key.name(),
                key.prefix(),
                scopeNames(key),
                vmIds(key),
                key.createdAt(),
                key.expiresAt(),
                key.revokedAt(),
                key.tenant().accountId(),
                networks(key),
                shown.lastUsedAt(),
                shown.oldSecretUntil(),
                labels(key),
                V2Policies.view(key));
    }

    private static @Nullable Map<String, String> labels(Key key) {
        return key.labels().isEmpty() ? null : key.labels();
    }

    private static List<String> scopeNames(Key key) {
        return key.scopes().stream().sorted().map(Scope::wireName).toList();
    }

    private static @Nullable List<String> networks(Key key) {
        return key.networks() == null
                ? null
                : key.networks().stream().map(AddressRange::text).toList();
    }

    private static @Nullable List<Long> vmIds(Key key) {
        return key.vms() == null
                ? null
                : key.vms().stream().sorted().map(VmId::value).toList();
    }
}
