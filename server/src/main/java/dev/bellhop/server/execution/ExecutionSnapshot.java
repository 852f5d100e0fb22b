// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import org.jspecify.annotations.Nullable;

/**
 * An execution, with its whole output where that is small.
 *
 * @param stdout all stored bytes, or absent where there are too many to hold: then they are read in pieces
 * @param stderr likewise; present exactly when {@code stdout} is. Neither array is to be changed.
 */
@SuppressWarnings(
        "ArrayRecordComponent") // Read on every request for a result: a copy each time would cost more than it guards.
public record ExecutionSnapshot(Execution execution, byte @Nullable [] stdout, byte @Nullable [] stderr) {
    /** Output up to this many bytes, both streams together, travels with the execution. */
    public static final int SMALL_OUTPUT = 64 * 1024;

    /** What it takes in memory, roughly, in bytes. */
    public int weight() {
        int overhead = 512;
        int output = (stdout == null ? 0 : stdout.length) + (stderr == null ? 0 : stderr.length);
        int secrets = execution.spec().secretEnv().values().stream()
                .mapToInt(String::length)
                .sum();
        return overhead + 2 * execution.spec().command().text().length() + secrets + output;
    }
}
