// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tenant;

import org.jspecify.annotations.Nullable;

/** An owner: the operator or an account. */
public sealed interface Tenant {
    /** The operator of the server. Owns each VM that no account owns, and sees the data of all tenants. */
    enum Operator implements Tenant {
        OPERATOR
    }

    /**
     * An account, which owns VMs and keys.
     *
     * @param id 12 hexadecimal digits, never reused
     */
    record Account(String id) implements Tenant {}

    static Tenant operator() {
        return Operator.OPERATOR;
    }

    static Account account(String id) {
        return new Account(id);
    }

    /**
     * Returns the tenant for an account id of a request or a table.
     *
     * @param id absent for the operator
     */
    static Tenant ofAccountId(@Nullable String id) {
        return id == null ? operator() : new Account(id);
    }

    default @Nullable String accountId() {
        return this instanceof Account account ? account.id() : null;
    }

    default boolean isOperator() {
        return this == Operator.OPERATOR;
    }

    /**
     * Returns the name that shared limits count a key of this tenant by. All keys of an account count together,
     * because its holders can create more keys. Each key of the operator counts separately.
     */
    default String holder(String keyId) {
        return this instanceof Account account ? account.id() : keyId;
    }
}
