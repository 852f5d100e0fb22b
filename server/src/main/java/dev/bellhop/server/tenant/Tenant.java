// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tenant;

import org.jspecify.annotations.Nullable;

/** Whose something is: the operator's, or an account's. */
public sealed interface Tenant {
    /** Who runs the server. Owns each VM that no account owns, and sees what is everybody's. */
    enum Operator implements Tenant {
        OPERATOR
    }

    /**
     * An account, which owns VMs and keys.
     *
     * @param id 12 hexadecimal digits, never given again
     */
    record Account(String id) implements Tenant {}

    static Tenant operator() {
        return Operator.OPERATOR;
    }

    static Account account(String id) {
        return new Account(id);
    }

    /** The tenant of an account id as requests and most tables have it: absent for the operator. */
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
     * With whom a key of this tenant shares what is bounded: with all keys of its account, whose holders make keys as they like.
     * Each key of the operator has a share of its own.
     */
    default String holder(String keyId) {
        return this instanceof Account account ? account.id() : keyId;
    }
}
