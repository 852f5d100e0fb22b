// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.query;

import org.jspecify.annotations.Nullable;

/**
 * A filter for a list of operations. An operation passes if it fits all values; an absent value fits every operation.
 *
 * @param vmid on this VM
 * @param keyId asked for with the key of this id
 */
public record OperationQuery(@Nullable Long vmid, @Nullable String keyId) {

    /** All that the key sees. */
    public static final OperationQuery ALL = builder().build();

    public static Builder builder() {
        return new Builder();
    }

    /** Each method narrows the list. Not thread safe. */
    public static final class Builder {

        private @Nullable Long vmid;
        private @Nullable String keyId;

        private Builder() {}

        public Builder vm(long id) {
            vmid = id;
            return this;
        }

        /** Asked for with the key of this id. */
        public Builder keyId(String id) {
            keyId = id;
            return this;
        }

        public OperationQuery build() {
            return new OperationQuery(vmid, keyId);
        }
    }
}
