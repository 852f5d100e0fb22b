// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.v2.execution.ExecutionOutput;
import dev.bellhop.api.v2.execution.ExecutionView;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Executions as a server shows them. */
final class Views {

    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private Views() {}

    static ExecutionView running() {
        return view("running", null, null, 0, 0, null);
    }

    static ExecutionView ended(@Nullable ExecutionOutput output) {
        return view("exited", 0, NOON, 6, 0, output);
    }

    /** An ended execution with output that is too large to come along. */
    static ExecutionView endedWith(long stdoutBytes, long stderrBytes) {
        return view("exited", 0, NOON, stdoutBytes, stderrBytes, null);
    }

    private static ExecutionView view(
            String state,
            @Nullable Integer exitCode,
            @Nullable Instant finishedAt,
            long stdoutBytes,
            long stderrBytes,
            @Nullable ExecutionOutput output) {
        return new ExecutionView(
                "e1",
                10000,
                null,
                state,
                "supervised",
                "hunter2",
                null,
                null,
                null,
                null,
                4711L,
                exitCode,
                null,
                null,
                NOON,
                NOON,
                finishedAt,
                null,
                null,
                null,
                stdoutBytes,
                stderrBytes,
                false,
                null,
                null,
                "k1",
                null,
                null,
                null,
                null,
                output);
    }
}
