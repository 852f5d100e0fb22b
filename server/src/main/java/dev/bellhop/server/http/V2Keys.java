// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.CreateKey;
import dev.bellhop.api.v2.CreatedKey;
import dev.bellhop.api.v2.KeyView;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code /api/v2/keys}: make, list and revoke API keys. */
final class V2Keys {
    private static final String PATH = "/api/v2/keys";
    private static final int LONGEST_NAME = 100;
    private static final int MOST_VMS = 1000;
    private static final int LONGEST_LIFE_DAYS = 3650;

    private final Keys keys;

    V2Keys(Keys keys) {
        this.keys = keys;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", PATH, Scope.ADMIN, this::list),
                new Route("POST", PATH, Scope.ADMIN, this::create),
                new Route("DELETE", PATH + "/{id}", Scope.ADMIN, this::revoke));
    }

    private Answer create(Call call) {
        CreateKey wanted = call.strictBody(CreateKey.class);
        check(wanted);
        Set<Scope> scopes = wanted.scopes().stream()
                .map(name -> Scope.parse(name).orElseThrow())
                .collect(Collectors.toSet());
        List<Long> vms = wanted.vms();
        Integer days = wanted.expiresInDays();
        Keys.Created created = keys.create(
                wanted.name(),
                scopes,
                vms == null ? null : vms.stream().map(VmId::new).collect(Collectors.toSet()),
                days == null ? null : Duration.ofDays(days));
        Key key = created.key();
        CreatedKey body = new CreatedKey(
                key.id(), created.secret(), key.name(), scopeNames(key), vmIds(key), key.createdAt(), key.expiresAt());
        return Answer.json(201, body).with(Map.of("Cache-Control", "no-store"));
    }

    private Answer list(Call call) {
        return Answer.json(
                200,
                Paging.of(call)
                        .page(
                                keys.list(),
                                V2Keys::position,
                                page -> page.stream().map(V2Keys::view).toList()));
    }

    private Answer revoke(Call call) {
        Key key = keys.find(call.pathParameter("id"))
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.NOT_FOUND, "Cannot find a key with this id; list keys to see their ids"));
        keys.revoke(key);
        return Answer.noContent();
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
                key.revokedAt());
    }

    private static List<String> scopeNames(Key key) {
        return key.scopes().stream().sorted().map(Scope::wireName).toList();
    }

    private static @Nullable List<Long> vmIds(Key key) {
        return key.vms() == null
                ? null
                : key.vms().stream().sorted().map(VmId::value).toList();
    }

    private static void check(CreateKey wanted) {
        List<FieldFault> faults = new ArrayList<>();
        String name = wanted.name();
        if (name.isBlank()
                || name.codePointCount(0, name.length()) > LONGEST_NAME
                || !name.codePoints().allMatch(V2Keys::mayBeInName)) {
            faults.add(new FieldFault(
                    "/name", "1 to " + LONGEST_NAME + " characters, no control characters", Fault.OUT_OF_RANGE));
        }
        if (wanted.scopes().isEmpty()) {
            faults.add(new FieldFault("/scopes", "At least one scope", Fault.OUT_OF_RANGE));
        }
        for (int i = 0; i < wanted.scopes().size(); i++) {
            if (Scope.parse(wanted.scopes().get(i)).isEmpty()) {
                faults.add(new FieldFault("/scopes/" + i, "One of " + allScopes(), Fault.UNKNOWN_VALUE));
            }
        }
        checkVms(wanted, faults);
        Integer days = wanted.expiresInDays();
        if (days != null && (days < 1 || days > LONGEST_LIFE_DAYS)) {
            faults.add(new FieldFault("/expiresInDays", "1 to " + LONGEST_LIFE_DAYS, Fault.OUT_OF_RANGE));
        }
        if (!faults.isEmpty()) {
            throw new BellhopException("Cannot create this key because some of its fields are not valid", faults);
        }
    }

    /** Half a surrogate pair would come back from the store as something else. */
    private static boolean mayBeInName(int codePoint) {
        return !Character.isISOControl(codePoint) && Character.getType(codePoint) != Character.SURROGATE;
    }

    private static void checkVms(CreateKey wanted, List<FieldFault> faults) {
        List<Long> vms = wanted.vms();
        if (vms == null) {
            return;
        }
        if (wanted.scopes().contains(Scope.ADMIN.wireName())) {
            faults.add(new FieldFault(
                    "/vms",
                    "Left out with the scope admin, whose holder can make a key that sees all VMs",
                    Fault.UNKNOWN_FIELD));
        }
        if (vms.isEmpty() || vms.size() > MOST_VMS) {
            faults.add(new FieldFault(
                    "/vms", "1 to " + MOST_VMS + " vmids; leave the field out for all VMs", Fault.OUT_OF_RANGE));
        }
        for (int i = 0; i < vms.size(); i++) {
            if (vms.get(i) < 1) {
                faults.add(new FieldFault("/vms/" + i, "A vmid of 1 or more", Fault.OUT_OF_RANGE));
            }
        }
    }

    private static String allScopes() {
        return Set.of(Scope.values()).stream().sorted().map(Scope::wireName).collect(Collectors.joining(", "));
    }
}
