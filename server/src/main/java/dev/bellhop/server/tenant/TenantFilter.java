// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tenant;

import org.jspecify.annotations.Nullable;

/** Whose things are asked for: everybody's, or those of one account. */
public sealed interface TenantFilter {
    enum All implements TenantFilter {
        ALL
    }

    record Only(Tenant.Account account) implements TenantFilter {}

    static TenantFilter all() {
        return All.ALL;
    }

    static TenantFilter of(Tenant.Account account) {
        return new Only(account);
    }

    /** What a tenant sees: the operator everybody's, an account its own. */
    static TenantFilter seenBy(Tenant tenant) {
        return switch (tenant) {
            case Tenant.Operator _ -> all();
            case Tenant.Account account -> of(account);
        };
    }

    /** The account id as a statement of SQL binds it: absent for all. */
    default @Nullable String accountId() {
        return this instanceof Only(Tenant.Account account) ? account.id() : null;
    }

    default boolean includes(Tenant tenant) {
        return switch (this) {
            case All _ -> true;
            case Only(Tenant.Account account) -> account.equals(tenant);
        };
    }
}
