// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import org.jspecify.annotations.Nullable;

/**
 * An execution, with its whole output if that is small.
 *
 * @param stdout all stored bytes; absent if there are too many to hold, and the output must be read in pieces
 * @param stderr the same of stderr; present exactly when {@code stdout} is. Do not change either array.
 */
@SuppressWarnings(
        "ArrayRecordComponent") // Read on every request for a result: a copy each time would cost more than it guards.
public record ExecutionSnapshot(Execution execution, byte @Nullable [] stdout, byte @Nullable [] stderr) {
    /** Up to this many bytes of output, both streams together, are kept in the snapshot. */
    public static final int SMALL_OUTPUT = 64 * 1024;

    /** Returns the approximate memory use in bytes. */
    public int weight() {
        int overhead = 512;
        int output = (stdout == null ? 0 : stdout.length) + (stderr == null ? 0 : stderr.length);
        int secrets = execution.spec().secretEnv().values().stream()
                .mapToInt(String::length)
                .sum();
        return overhead + 2 * execution.spec().command().text().length() + secrets + output;
    }
}
