// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.tenant.Tenant;

/**
 * Whose a row is, in the tables that have this in their primary key: an account's id, or "" for the operator, as a key has no
 * NULL.
 */
public final class OwnerColumn {
    private static final String OPERATOR = "";

    private OwnerColumn() {}

    public static String of(Tenant tenant) {
        return tenant instanceof Tenant.Account(String id) ? id : OPERATOR;
    }

    public static Tenant read(String owner) {
        return owner.equals(OPERATOR) ? Tenant.operator() : Tenant.account(owner);
    }
}
