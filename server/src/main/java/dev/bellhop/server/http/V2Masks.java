// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.MaskPattern;
import dev.bellhop.api.v2.Page;
import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.masking.Masks;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import java.util.List;
import java.util.Optional;

/** {@code /api/v2/masks}: what is masked in all output of an account, or of the operator's own commands. */
final class V2Masks {
    private static final String PATH = "/api/v2/masks";

    private final Masks masks;
    private final Accounts accounts;

    V2Masks(Masks masks, Accounts accounts) {
        this.masks = masks;
        this.accounts = accounts;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.MASK_LIST, this::list),
                new Route("POST", PATH, UseCase.MASK_SET, this::put),
                new Route("DELETE", PATH + "/{name}", UseCase.MASK_DELETE, this::delete));
    }

    private Answer list(Call call) {
        List<MaskPattern> items = masks.list(tenant(call)).stream()
                .map(mask -> new MaskPattern(mask.name(), mask.pattern()))
                .toList();
        return Answer.json(200, new Page<>(items, null));
    }

    private Answer put(Call call) {
        Tenant tenant = tenant(call);
        MaskPattern wanted = call.strictBody(MaskPattern.class);
        Authority.requireAllOfAccount(call.caller(), Scope.WRITE_VM, "mask output");
        masks.put(
                tenant,
                new Mask(wanted.name(), wanted.pattern()),
                () -> requireRaw(call.caller(), "put another pattern in the place of this one"));
        return Answer.json(201, wanted);
    }

    private Answer delete(Call call) {
        Tenant tenant = tenant(call);
        requireRaw(call.caller(), "delete a mask");
        if (!masks.delete(tenant, call.pathParameter("name"))) {
            throw new BellhopException(
                    ErrorCode.NOT_FOUND, "Cannot find a mask with this name; list masks to see their names");
        }
        return Answer.noContent();
    }

    /** What a mask does not find any more is shown to all, so whoever changes that may see it already. */
    private static void requireRaw(Key caller, String what) {
        Authority.requireAllOfAccount(caller, Scope.WRITE_VM, what);
        Authority.requireAllOfAccount(caller, Scope.READ_RAW, what);
    }

    /** Whose masks are meant: unless it is said, the caller's own. */
    private Tenant tenant(Call call) {
        Tenant own = call.caller().tenant();
        Optional<String> named = call.query("account");
        Tenant meant = named.isEmpty()
                ? own
                : accounts.find(named.get())
                        .map(Account::tenant)
                        .filter(TenantFilter.seenBy(own)::includes)
                        .orElseThrow(
                                () -> new BellhopException(ErrorCode.NOT_FOUND, "Cannot find an account with this id"));
        call.note().about(meant);
        return meant;
    }
}
