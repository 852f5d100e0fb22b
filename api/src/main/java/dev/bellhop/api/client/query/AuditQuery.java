// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.query;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A filter for records of the audit trail. A record passes if it fits all values; an absent value fits every record.
 *
 * @param since of this time or later
 * @param until before this time
 * @param keyId of this key
 * @param vmid about this VM
 * @param action of this name, all of it
 * @param outcome {@code begun}, {@code done}, {@code refused} or {@code failed}
 */
public record AuditQuery(
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable String keyId,
        @Nullable Long vmid,
        @Nullable String action,
        @Nullable String outcome) {

    /** All there are. */
    public static final AuditQuery ALL = new AuditQuery(null, null, null, null, null, null);

    public static Builder builder() {
        return new Builder();
    }

    /** Each method narrows the list. Not thread safe. */
    public static final class Builder {

        private @Nullable Instant since;
        private @Nullable Instant until;
        private @Nullable String keyId;
        private @Nullable Long vmid;
        private @Nullable String action;
        private @Nullable String outcome;

        private Builder() {}

        /** At this time or later. */
        public Builder since(Instant time) {
            since = time;
            return this;
        }

        /** Before this time. */
        public Builder until(Instant time) {
            until = time;
            return this;
        }

        public Builder keyId(String id) {
            keyId = id;
            return this;
        }

        public Builder vm(long id) {
            vmid = id;
            return this;
        }

        /** The whole name of an action, such as {@code execution.create}. */
        public Builder action(String name) {
            action = name;
            return this;
        }

        /** One of {@code begun}, {@code done}, {@code refused} and {@code failed}. */
        public Builder outcome(String name) {
            outcome = name;
            return this;
        }

        public AuditQuery build() {
            return new AuditQuery(since, until, keyId, vmid, action, outcome);
        }
    }
}
