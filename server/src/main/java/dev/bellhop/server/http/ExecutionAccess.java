// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.Executions;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Finds executions for callers, and waits for their end. One in a VM that a key does not see and one that does not exist
 * cannot be told apart by it.
 */
final class ExecutionAccess {
    /** How soon a wait takes notice that the server stops. */
    private static final Duration SLICE = Duration.ofMillis(500);

    private final Executions executions;
    private final BooleanSupplier serving;

    /**
     * One for a server.
     *
     * @param serving whether the server does not stop
     */
    ExecutionAccess(Executions executions, BooleanSupplier serving) {
        this.executions = executions;
        this.serving = serving;
    }

    /** The execution in the path, as it is. */
    ExecutionSnapshot snapshot(Call call) {
        return ExecutionId.parse(call.pathParameter("id"))
                .flatMap(id -> executions.find(id, Duration.ZERO))
                .filter(found -> call.caller().sees(found.execution().vm()))
                .orElseThrow(ExecutionAccess::notFound);
    }

    Execution execution(Call call) {
        return snapshot(call).execution();
    }

    /** The execution as it is now, whatever became of it. */
    ExecutionSnapshot again(Execution execution) {
        return executions.find(execution.id(), Duration.ZERO).orElseThrow(ExecutionAccess::notFound);
    }

    /** The execution once it has ended, or as it is when the wait is over or the server stops. */
    ExecutionSnapshot awaitEnd(ExecutionSnapshot now, Duration wait) {
        long begun = System.nanoTime();
        ExecutionSnapshot latest = now;
        Duration left = wait;
        while (!latest.execution().state().isFinal()
                && left.isPositive()
                && serving.getAsBoolean()
                && !Thread.currentThread().isInterrupted()) {
            latest = executions
                    .find(latest.execution().id(), left.compareTo(SLICE) < 0 ? left : SLICE)
                    .orElseThrow(ExecutionAccess::notFound);
            left = wait.minusNanos(System.nanoTime() - begun);
        }
        return latest;
    }

    private static BellhopException notFound() {
        return new BellhopException(ErrorCode.NOT_FOUND, "Cannot find this execution");
    }
}
