// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.follow.GuestProcess;
import org.jspecify.annotations.Nullable;

/** What came of a start in the end. */
sealed interface StartOutcome {
    record Started(ExecutionMode mode, long pid, GuestProcess process) implements StartOutcome {}

    record NotStarted(ExecutionState state, @Nullable Reason reason) implements StartOutcome {}

    record ServerStops() implements StartOutcome {}
}
