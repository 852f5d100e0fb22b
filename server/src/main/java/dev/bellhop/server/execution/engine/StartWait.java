// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** How callers wait for a start, and what they are told where there is none in time. Thread safe. */
record StartWait(CoarseTimer waits, Shutdown shutdown) {
    /** How long an agent that has started a command may be silent before its pid is stored without its end. */
    private static final Duration SILENCE = Duration.ofMillis(100);

    /** For the start to say what was late: it has the same deadline, and may have to wait for its turn on a busy machine. */
    private static final Duration MOMENT = Duration.ofSeconds(1);

    /** For it to find out why, where it has failed. */
    private static final Duration EXPLANATION = Duration.ofSeconds(10);

    /** Between two looks at whether a wait goes on. */
    private static final Duration SLICE = Duration.ofMillis(500);

    Execution awaitPid(LiveExecution live, Deadline deadline) {
        awaitAnswer(live, deadline);
        return started(live.durable());
    }

    /** The end, if it comes within so long. */
    @Nullable
    ExecutionSnapshot awaitEnd(LiveExecution live, Duration longest, BooleanSupplier goesOn) {
        long begun = System.nanoTime();
        Duration left = longest;
        try {
            while (left.isPositive() && goesOn.getAsBoolean() && !shutdown.hasBegun()) {
                if (waits.await(live.end(), left.compareTo(SLICE) < 0 ? left : SLICE)) {
                    break;
                }
                left = longest.minusNanos(System.nanoTime() - begun);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return live.awaitEnd(Duration.ZERO);
    }

    /**
     * Returns once it has started and its pid is durable, or it has ended.
     *
     * @throws BellhopException as {@link StartHandle#awaitPid}
     */
    void awaitAnswer(LiveExecution live, Deadline deadline) {
        CompletableFuture<Void> started = live.started();
        try {
            // An agent that falls silent after the start holds up whoever follows the command, and so its pid.
            Duration remaining = deadline.remaining();
            if (!waits.await(started, remaining.compareTo(SILENCE) < 0 ? remaining : SILENCE)
                    || started.isCompletedExceptionally()) {
                live.storePid();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            awaitStart(live, deadline);
        } catch (BellhopException e) {
            if (started.isDone()) {
                throw e;
            }
            throw live.cancelBeforeStart()
                    ? new BellhopException(
                            ErrorCode.TOO_MANY_EXECUTIONS,
                            "Cannot run one more command in VM "
                                    + live.durable().vm() + " now because too many run; try again when some have ended")
                    : new BellhopException(
                            ErrorCode.START_UNCONFIRMED,
                            "Cannot tell in time whether the command was started in VM "
                                    + live.durable().vm(),
                            e);
        }
    }

    private static void awaitStart(LiveExecution live, Deadline deadline) {
        try {
            Writes.await(live.started(), deadline.remaining().plus(MOMENT));
        } catch (BellhopException e) {
            if (live.started().isDone() || !live.isExplained()) {
                throw e;
            }
            // What came of it is known, and the hypervisor is asked for the reason.
            Writes.await(live.started(), EXPLANATION);
        }
    }

    /** @throws BellhopException where it has not started; {@code START_UNCONFIRMED} where it may yet, or may have */
    static Execution started(Execution started) {
        boolean unknown = started.state() == ExecutionState.PENDING || started.state() == ExecutionState.LOST;
        if (started.pid() == null && unknown) {
            throw new BellhopException(
                    ErrorCode.START_UNCONFIRMED, "Cannot tell whether the command was started in VM " + started.vm());
        }
        if (started.pid() == null) {
            throw new BellhopException(
                    ErrorCode.AGENT_UNAVAILABLE,
                    "Cannot run the command in VM " + started.vm() + " because it was ended before it started");
        }
        return started;
    }
}
