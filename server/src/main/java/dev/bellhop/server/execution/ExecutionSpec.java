// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.tenant.Tenant;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stays known of what was asked for, for as long as the execution is kept.
 *
 * @param labels the caller's own names and values, to find executions by
 * @param timeout after which the command is ended in the guest, whole seconds; absent for none
 * @param secretEnv variables of the command whose values are for the guest alone; kept to mask them in what it writes
 * @param saved which saved command it is; absent where it is none
 */
public record ExecutionSpec(
        CommandLine command,
        String keyId,
        Tenant tenant,
        Map<String, String> labels,
        @Nullable Duration timeout,
        Map<String, String> secretEnv,
        @Nullable SavedCommandVersion saved) {
    private static final int MIN_HELD_BYTES = 2048;

    public ExecutionSpec {
        labels = Map.copyOf(labels);
        secretEnv = Map.copyOf(secretEnv);
    }

    /** One without secret variables, of a command that was not saved. */
    public ExecutionSpec(
            CommandLine command, String keyId, Tenant tenant, Map<String, String> labels, @Nullable Duration timeout) {
        this(command, keyId, tenant, labels, timeout, Map.of(), null);
    }

    ExecutionSpec savedAs(SavedCommandVersion newSaved) {
        return new ExecutionSpec(command, keyId, tenant, labels, timeout, secretEnv, newSaved);
    }

    /** The same without the command, which may be long. */
    public ExecutionSpec withoutCommand() {
        return withCommand(CommandLine.script(""));
    }

    ExecutionSpec withCommand(CommandLine other) {
        return new ExecutionSpec(other, keyId, tenant, labels, timeout, secretEnv, saved);
    }

    /** What one takes in memory that waits or runs, roughly, in bytes. Its command is kept as far as it is short. */
    public long heldBytes() {
        long texts = Math.min(command.length(), 2L * CommandLine.MAX_SHORT);
        for (Map<String, String> each : List.of(labels, secretEnv)) {
            texts += each.entrySet().stream()
                    .mapToLong(
                            entry -> entry.getKey().length() + entry.getValue().length())
                    .sum();
        }
        return MIN_HELD_BYTES + 2 * texts;
    }

    /** With whom it shares what is bounded. */
    public String holder() {
        return tenant.holder(keyId);
    }

    @Override
    public String toString() {
        return "ExecutionSpec[key " + keyId + "]";
    }
}
