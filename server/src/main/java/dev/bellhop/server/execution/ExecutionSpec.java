// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stays known of what was asked for, for as long as the execution is kept.
 *
 * @param keyId the key it was asked with
 * @param account the id of the account that the key belongs to; absent where that is the operator's
 * @param labels the caller's own names and values, to find executions by
 * @param timeout after which the command is ended in the guest, whole seconds; absent for none
 * @param secretEnv variables of the command whose values are for the guest alone; kept to mask them in what it writes
 * @param saved which saved command it is; absent where it is none
 */
public record ExecutionSpec(
        CommandLine command,
        String keyId,
        @Nullable String account,
        Map<String, String> labels,
        @Nullable Duration timeout,
        Map<String, String> secretEnv,
        @Nullable SavedAs saved) {
    private static final int HELD_AT_LEAST = 2048;

    public ExecutionSpec {
        labels = Map.copyOf(labels);
        secretEnv = Map.copyOf(secretEnv);
    }

    /** One without secret variables, of a command that was not saved. */
    public ExecutionSpec(
            CommandLine command,
            String keyId,
            @Nullable String account,
            Map<String, String> labels,
            @Nullable Duration timeout) {
        this(command, keyId, account, labels, timeout, Map.of(), null);
    }

    /** The same, as what a saved command says. */
    ExecutionSpec savedAs(SavedAs newSaved) {
        return new ExecutionSpec(command, keyId, account, labels, timeout, secretEnv, newSaved);
    }

    /** The same without the command, which may be long. */
    public ExecutionSpec withoutCommand() {
        return withCommand(CommandLine.script(""));
    }

    /** The same of another form of the command. */
    ExecutionSpec withCommand(CommandLine other) {
        return new ExecutionSpec(other, keyId, account, labels, timeout, secretEnv, saved);
    }

    /** What one takes in memory that waits or runs, roughly, in bytes. Its command is kept as far as it is short. */
    long heldBytes() {
        long texts = Math.min(command.length(), 2L * CommandLine.MAX_SHORT);
        for (Map<String, String> each : List.of(labels, secretEnv)) {
            texts += each.entrySet().stream()
                    .mapToLong(
                            entry -> entry.getKey().length() + entry.getValue().length())
                    .sum();
        }
        return HELD_AT_LEAST + 2 * texts;
    }

    /** Shell text and nothing more, with a key of the operator's. */
    public static ExecutionSpec of(String script, String keyId) {
        return of(script, keyId, null);
    }

    /** Shell text and nothing more. */
    public static ExecutionSpec of(String script, String keyId, @Nullable String account) {
        return new ExecutionSpec(CommandLine.script(script), keyId, account, Map.of(), null);
    }

    /** With whom it shares what is bounded: the account, whose holders make keys as they like; the key where there is none. */
    public String holder() {
        return account == null ? keyId : account;
    }

    @Override
    public String toString() {
        return "ExecutionSpec[key " + keyId + "]";
    }
}
