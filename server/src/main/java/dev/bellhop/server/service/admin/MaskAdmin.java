// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.failure.Written;
import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.masking.Masks;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Shows and changes the masks for all output of an account (by default the caller's own), or of the operator's
 * commands. Thread safe.
 */
public final class MaskAdmin {
    private final Masks masks;
    private final Accounts accounts;

    public MaskAdmin(Masks masks, Accounts accounts) {
        this.masks = masks;
        this.accounts = accounts;
    }

    public List<Mask> list(Permit permit, Optional<String> named) {
        return masks.list(tenant(permit, UseCase.MASK_LIST, named));
    }

    /** Returns a mask; throws {@code NOT_FOUND}. */
    public Mask find(Permit permit, Optional<String> named, String name) {
        return masks.find(tenant(permit, UseCase.MASK_FIND, named), name).orElseThrow(MaskAdmin::notFound);
    }

    public record Stored(Mask mask, Written written) {}

    /** Sets a mask, replacing one with the same name. Calls {@code wanted} only after the account was found. */
    public Stored put(Permit permit, Optional<String> named, Supplier<Mask> wanted, Precondition<Mask> condition) {
        Tenant tenant = tenant(permit, UseCase.MASK_SET, named);
        Mask mask = wanted.get();
        Key caller = permit.callerOf(UseCase.MASK_SET).key();
        Authority.requireAllOfAccount(caller, Scope.WRITE_VM, "mask output");
        Written written = masks.put(
                tenant, mask, condition, () -> requireRaw(caller, "put another pattern in the place of this one"));
        return new Stored(mask, written);
    }

    public void delete(Permit permit, Optional<String> named, String name, Precondition<Mask> condition) {
        Tenant tenant = tenant(permit, UseCase.MASK_DELETE, named);
        requireRaw(permit.callerOf(UseCase.MASK_DELETE).key(), "delete a mask");
        if (!masks.delete(tenant, name, condition)) {
            throw notFound();
        }
    }

    private static BellhopException notFound() {
        return new BellhopException(
                ErrorCode.NOT_FOUND, "Cannot find a mask with this name; list masks to see their names");
    }

    /**
     * Output that a changed mask no longer hides becomes visible to all readers, so the caller must already be allowed
     * to see it.
     */
    private static void requireRaw(Key caller, String what) {
        Authority.requireAllOfAccount(caller, Scope.WRITE_VM, what);
        Authority.requireAllOfAccount(caller, Scope.READ_RAW, what);
    }

    private Tenant tenant(Permit permit, UseCase useCase, Optional<String> named) {
        Tenant own = permit.callerOf(useCase).key().tenant();
        Tenant meant = named.isEmpty()
                ? own
                : accounts.find(named.get())
                        .map(Account::tenant)
                        .filter(TenantFilter.seenBy(own)::includes)
                        .orElseThrow(
                                () -> new BellhopException(ErrorCode.NOT_FOUND, "Cannot find an account with this id"));
        permit.note().about(meant.accountId());
        return meant;
    }
}
