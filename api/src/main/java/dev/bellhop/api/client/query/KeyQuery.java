// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.query;

import dev.bellhop.api.v2.admin.Scope;
import org.jspecify.annotations.Nullable;

/**
 * A filter for a list of keys. A key passes if it fits all values; an absent value fits every key.
 *
 * @param account of the account with this id
 * @param name with this name, all of it
 * @param scope with this scope in its list of scopes
 * @param vmid that sees this VM
 */
public record KeyQuery(
        @Nullable String account,
        @Nullable String name,
        @Nullable String scope,
        @Nullable Long vmid) {

    /** All that the key manages. */
    public static final KeyQuery ALL = builder().build();

    public static Builder builder() {
        return new Builder();
    }

    /** Each method narrows the list. Not thread safe. */
    public static final class Builder {

        private @Nullable String account;
        private @Nullable String name;
        private @Nullable String scope;
        private @Nullable Long vmid;

        private Builder() {}

        /** Of the account with this id. */
        public Builder account(String id) {
            account = id;
            return this;
        }

        /** All of the name. */
        public Builder name(String whole) {
            name = whole;
            return this;
        }

        public Builder scope(Scope listed) {
            scope = listed.text();
            return this;
        }

        /** A VM that the key sees. */
        public Builder vm(long id) {
            vmid = id;
            return this;
        }

        public KeyQuery build() {
            return new KeyQuery(account, name, scope, vmid);
        }
    }
}
