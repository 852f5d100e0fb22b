// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.CreateKey;
import dev.bellhop.api.v2.CreatedKey;
import dev.bellhop.api.v2.KeyView;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.NewKey;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /api/v2/keys}: make, list and revoke API keys, all of them or those of the caller's account. */
final class V2Keys {
    private static final String PATH = "/api/v2/keys";

    private final Keys keys;
    private final Accounts accounts;

    V2Keys(Keys keys, Accounts accounts) {
        this.keys = keys;
        this.accounts = accounts;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", PATH, Scope.ADMIN_ACCOUNT, this::list),
                new Route("POST", PATH, Scope.ADMIN_ACCOUNT, this::create),
                new Route("DELETE", PATH + "/{id}", Scope.ADMIN_ACCOUNT, this::revoke));
    }

    private Answer create(Call call) {
        NewKey wanted = WantedKey.check(call.strictBody(CreateKey.class), call.caller());
        Keys.Created created = wanted.account() == null
                ? keys.create(wanted)
                : accounts.createKey(wanted.account(), () -> keys.create(wanted))
                        .orElseThrow(WantedKey::noSuchAccount);
        Key key = created.key();
        CreatedKey body = new CreatedKey(
                key.id(),
                created.secret(),
                key.name(),
                scopeNames(key),
                vmIds(key),
                key.createdAt(),
                key.expiresAt(),
                key.account());
        return Answer.json(201, body).with(Map.of("Cache-Control", "no-store"));
    }

    private Answer list(Call call) {
        return Answer.json(
                200,
                Paging.of(call)
                        .page(
                                keys.list().stream()
                                        .filter(key -> manages(call.caller(), key))
                                        .toList(),
                                V2Keys::position,
                                page -> page.stream().map(V2Keys::view).toList()));
    }

    private Answer revoke(Call call) {
        keys.revoke(managed(call));
        return Answer.noContent();
    }

    /** The key in the path, if it exists as far as the caller is concerned. */
    private Key managed(Call call) {
        return keys.find(call.pathParameter("id"))
                .filter(key -> manages(call.caller(), key))
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.NOT_FOUND, "Cannot find a key with this id; list keys to see their ids"));
    }

    private static boolean manages(Key caller, Key key) {
        return caller.allows(Scope.ADMIN)
                || (caller.account() != null && caller.account().equals(key.account()));
    }

    /** Keys are listed oldest first. */
    private static String position(Key key) {
        return String.format(Locale.ROOT, "%015d-%s", key.createdAt().toEpochMilli(), key.id());
    }

    private static KeyView view(Key key) {
        return new KeyView(
                key.id(),
                key.name(),
                key.prefix(),
                scopeNames(key),
                vmIds(key),
                key.createdAt(),
                key.expiresAt(),
                key.revokedAt(),
                key.account());
    }

    private static List<String> scopeNames(Key key) {
        return key.scopes().stream().sorted().map(Scope::wireName).toList();
    }

    private static @Nullable List<Long> vmIds(Key key) {
        return key.vms() == null
                ? null
                : key.vms().stream().sorted().map(VmId::value).toList();
    }
}
