// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tenant;

import org.jspecify.annotations.Nullable;

/** Selects data by its owner: all data, or the data of one account. */
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

    /** Returns the filter for a tenant: all data for the operator, only its data for an account. */
    static TenantFilter seenBy(Tenant tenant) {
        return switch (tenant) {
            case Tenant.Operator _ -> all();
            case Tenant.Account account -> of(account);
        };
    }

    /** Returns the account id to bind in SQL; absent for all. */
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
