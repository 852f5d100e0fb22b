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
        return view("running", null, null, null);
    }

    static ExecutionView ended(@Nullable ExecutionOutput output) {
        return view("exited", 0, NOON, output);
    }

    private static ExecutionView view(
            String state, @Nullable Integer exitCode, @Nullable Instant finishedAt, @Nullable ExecutionOutput output) {
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
                6L,
                0L,
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
