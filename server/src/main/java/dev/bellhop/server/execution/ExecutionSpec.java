// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.tenant.Tenant;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The part of a request that is kept as long as the execution.
 *
 * @param labels the caller's own names and values, to find executions by
 * @param timeout longest run in whole seconds, then the command is ended in the guest; absent for none
 * @param secretEnv variables whose values are only for the guest; kept to mask them in the output
 * @param saved the saved command that it runs; absent if it runs none
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

    /** Creates a spec without secret variables, for a command that was not saved. */
    public ExecutionSpec(
            CommandLine command, String keyId, Tenant tenant, Map<String, String> labels, @Nullable Duration timeout) {
        this(command, keyId, tenant, labels, timeout, Map.of(), null);
    }

    ExecutionSpec savedAs(SavedCommandVersion newSaved) {
        return new ExecutionSpec(command, keyId, tenant, labels, timeout, secretEnv, newSaved);
    }

    /** Returns this spec without the command, which can be long. */
    public ExecutionSpec withoutCommand() {
        return withCommand(CommandLine.script(""));
    }

    ExecutionSpec withCommand(CommandLine other) {
        return new ExecutionSpec(other, keyId, tenant, labels, timeout, secretEnv, saved);
    }

    /**
     * Returns the approximate memory use in bytes while the execution waits or runs. Only the beginning of a long
     * command stays in memory.
     */
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

    /** Returns the holder whose limits this execution counts toward. */
    public String holder() {
        return tenant.holder(keyId);
    }

    @Override
    public String toString() {
        return "ExecutionSpec[key " + keyId + "]";
    }
}
