// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stays known of what was asked for, for as long as the execution is kept.
 *
 * @param keyId the key it was asked with
 * @param labels the caller's own names and values, to find executions by
 * @param timeout after which the command is ended in the guest, whole seconds; absent for none
 */
public record ExecutionSpec(
        CommandLine command,
        String keyId,
        Map<String, String> labels,
        @Nullable Duration timeout) {
    public ExecutionSpec {
        labels = Map.copyOf(labels);
    }

    /** Shell text and nothing more. */
    public static ExecutionSpec of(String script, String keyId) {
        return new ExecutionSpec(CommandLine.script(script), keyId, Map.of(), null);
    }

    @Override
    public String toString() {
        return "ExecutionSpec[key " + keyId + "]";
    }
}
