// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which executions a list is to hold: those that fit all of these.
 *
 * @param vmid in this VM; absent for any that the key sees
 * @param states in one of these states; empty for any
 * @param labels with all of these labels
 * @param since created at this time or later; absent for any
 * @param until created before this time; absent for any
 */
public record ExecutionQuery(
        @Nullable Long vmid,
        List<String> states,
        Map<String, String> labels,
        @Nullable Instant since,
        @Nullable Instant until) {

    /** All that the key sees. */
    public static final ExecutionQuery ALL = new ExecutionQuery(null, List.of(), Map.of(), null, null);

    public ExecutionQuery {
        states = List.copyOf(states);
        labels = Map.copyOf(labels);
    }

    /** All in one VM. */
    public static ExecutionQuery ofVm(long vmid) {
        return new ExecutionQuery(vmid, List.of(), Map.of(), null, null);
    }
}
