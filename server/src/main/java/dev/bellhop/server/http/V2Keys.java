// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.CreateKey;
import dev.bellhop.api.v2.CreatedKey;
import dev.bellhop.api.v2.KeyView;
import dev.bellhop.api.v2.RotateKey;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.NewKey;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /api/v2/keys}: make, list, rotate and revoke API keys, all of them or those of the caller's account. */
final class V2Keys {
    private static final String PATH = "/api/v2/keys";
    private static final int LONGEST_OVERLAP = 30 * 86_400;

    private final Keys keys;
    private final Accounts accounts;
    private final ManagedKeys managed;

    V2Keys(Keys keys, Accounts accounts) {
        this.keys = keys;
        this.accounts = accounts;
        this.managed = new ManagedKeys(keys);
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.KEY_LIST, this::list),
                new Route("POST", PATH, UseCase.KEY_CREATE, this::create),
                new Route("DELETE", PATH + "/{id}", UseCase.KEY_REVOKE, this::revoke),
                new Route("POST", PATH + "/{id}/actions/rotate", UseCase.KEY_ROTATE, this::rotate));
    }

    private Answer create(Call call) {
        NewKey wanted = WantedKey.check(call.strictBody(CreateKey.class), call.caller(), call.receivedAt());
        Keys.Created created = accounts.withExisting(wanted.tenant(), () -> keys.create(wanted))
                .orElseThrow(WantedKey::noSuchAccount);
        return secret(call, 201, created);
    }

    private Answer secret(Call call, int status, Keys.Created created) {
        Key key = created.key();
        call.note().aboutKey(key.id());
        CreatedKey body = new CreatedKey(
                key.id(),
                created.secret(),
                key.name(),
                scopeNames(key),
                vmIds(key),
                key.createdAt(),
                key.expiresAt(),
                key.tenant().accountId(),
                networks(key),
                keys.oldSecretUntil(key).orElse(null),
                key.labels().isEmpty() ? null : key.labels());
        return Answer.json(status, body).with(Map.of("Cache-Control", "no-store"));
    }

    /** The secret is the caller's to see, so the key must not let it do more, or for longer, than its own does. */
    private Answer rotate(Call call) {
        Key key = managed.find(call);
        Authority.requireCovers(call.caller(), key, "give this key another secret");
        if (!call.caller().lastsAsLongAs(key.expiresAt())) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN,
                    "Cannot give this key another secret because it is valid for longer than the key in use; take one that"
                            + " is valid for as long, or one of an admin");
        }
        return secret(call, 200, keys.rotate(key, overlap(call)));
    }

    private static Duration overlap(Call call) {
        Integer seconds = call.body().length == 0
                ? null
                : call.strictBody(RotateKey.class).overlapSeconds();
        if (seconds == null) {
            return Duration.ZERO;
        }
        if (seconds < 0 || seconds > LONGEST_OVERLAP) {
            throw new BellhopException(
                    "Cannot rotate a key with this overlap",
                    List.of(new FieldFault("/overlapSeconds", "0 to " + LONGEST_OVERLAP, Fault.OUT_OF_RANGE)));
        }
        return Duration.ofSeconds(seconds);
    }

    private Answer list(Call call) {
        return Answer.json(
                200,
                Paging.of(call)
                        .page(
                                keys.list(key -> ManagedKeys.isManagedBy(call.caller(), key)),
                                V2Keys::position,
                                page -> page.stream().map(this::view).toList()));
    }

    private Answer revoke(Call call) {
        Key key = managed.find(call);
        Authority.requireCovers(call.caller(), key, "revoke this key");
        keys.revoke(key);
        return Answer.noContent();
    }

    /** Keys are listed oldest first. */
    private static String position(Key key) {
        return String.format(Locale.ROOT, "%015d-%s", key.createdAt().toEpochMilli(), key.id());
    }

    private KeyView view(Key key) {
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
                keys.lastUsedAt(key).orElse(null),
                keys.oldSecretUntil(key).orElse(null),
                key.labels().isEmpty() ? null : key.labels());
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
