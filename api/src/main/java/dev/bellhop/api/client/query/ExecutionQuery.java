// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.query;

import dev.bellhop.api.v2.execution.ExecutionState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A filter for a list of executions. An execution passes if it fits all values.
 *
 * @param vmid in this VM; absent for any that the key sees
 * @param states in one of these states; empty for any
 * @param labels with all of these labels
 * @param keyId started with the key of this id; absent for any
 * @param savedCommand of this saved command, in any version; absent for any command
 * @param since created at this time or later; absent for any
 * @param until created before this time; absent for any
 */
public record ExecutionQuery(
        @Nullable Long vmid,
        List<String> states,
        Map<String, String> labels,
        @Nullable String keyId,
        @Nullable String savedCommand,
        @Nullable Instant since,
        @Nullable Instant until) {

    /** All that the key sees. */
    public static final ExecutionQuery ALL = builder().build();

    public ExecutionQuery {
        states = List.copyOf(states);
        labels = Map.copyOf(labels);
    }

    /** Fits executions of any key and command. */
    public ExecutionQuery(
            @Nullable Long vmid,
            List<String> states,
            Map<String, String> labels,
            @Nullable Instant since,
            @Nullable Instant until) {
        this(vmid, states, labels, null, null, since, until);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Each method narrows the list. Not thread safe. */
    public static final class Builder {

        private final List<String> states = new ArrayList<>();
        private final Map<String, String> labels = new HashMap<>();
        private @Nullable Long vmid;
        private @Nullable String keyId;
        private @Nullable String savedCommand;
        private @Nullable Instant since;
        private @Nullable Instant until;

        private Builder() {}

        public Builder vm(long id) {
            vmid = id;
            return this;
        }

        /** Adds states; an execution is in one of them. */
        public Builder states(ExecutionState... more) {
            for (ExecutionState state : more) {
                states.add(state.text());
            }
            return this;
        }

        /** Adds a label; an execution has all of them. */
        public Builder label(String name, String value) {
            labels.put(name, value);
            return this;
        }

        /** Started with the key of this id. */
        public Builder keyId(String id) {
            keyId = id;
            return this;
        }

        /** Of this saved command, in any version. */
        public Builder savedCommand(String name) {
            savedCommand = name;
            return this;
        }

        /** Created at this time or later. */
        public Builder since(Instant time) {
            since = time;
            return this;
        }

        /** Created before this time. */
        public Builder until(Instant time) {
            until = time;
            return this;
        }

        public ExecutionQuery build() {
            return new ExecutionQuery(vmid, states, labels, keyId, savedCommand, since, until);
        }
    }

    /** All in one VM. */
    public static ExecutionQuery ofVm(long vmid) {
        return builder().vm(vmid).build();
    }
}
