// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.engine.StartHandle;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.tenant.TenantFilter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A start on a node.
 *
 * @param given absent where an earlier request with the same idempotency key has given the order
 * @param wantsAgentAtOnce whether its agent has to be there
 */
record ClusterStart(ExecutionId id, @Nullable Given given, boolean wantsAgentAtOnce, ClusterExecutions executions)
        implements StartHandle {
    /**
     * What this server has ordered. Until it is answered {@link ClusterExecutions#listen} listens.
     *
     * @param stored the execution as it was then
     * @param order completes with what the node says
     */
    record Given(Execution stored, CompletableFuture<NodeOrder.Started> order) {}

    @Override
    public boolean isReplayed() {
        return given == null;
    }

    @Override
    public Execution awaitPid(Deadline deadline) {
        awaitOrder();
        Execution started = find(Duration.ZERO).execution();
        while (started.pid() == null && started.state() == ExecutionState.PENDING && !deadline.hasPassed()) {
            // An earlier request with the key has given the order, or the node says that it waits for its turn.
            started = awaitChange(started, deadline.remaining());
        }
        if (started.pid() != null) {
            return started;
        }
        boolean unknown = started.state() == ExecutionState.PENDING || started.state() == ExecutionState.LOST;
        throw unknown
                ? new BellhopException(
                        ErrorCode.START_UNCONFIRMED,
                        "Cannot tell whether the command was started in VM " + started.vm())
                : new BellhopException(
                        ErrorCode.AGENT_UNAVAILABLE,
                        "Cannot run the command in VM " + started.vm() + " because it was ended before it started");
    }

    private Execution awaitChange(Execution before, Duration longest) {
        try {
            long revision = executions.stored().revision(id).orElse(0);
            Execution now = find(Duration.ZERO).execution();
            if (now.state() != before.state()) {
                return now;
            }
            executions.await(id, revision, () -> false, longest);
        } catch (BellhopException e) {
            throw unreadable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return find(Duration.ZERO).execution();
    }

    @Override
    public Outcome await(Duration wait, BooleanSupplier goesOn, Deadline start) {
        if (given == null) {
            ExecutionSnapshot seen = find(wait);
            return new Outcome(seen.execution(), seen.execution().state().isFinal() ? seen : null, true);
        }
        if (wait.isZero()) {
            if (wantsAgentAtOnce) {
                awaitOrder();
            }
            return new Outcome(find(Duration.ZERO).execution(), null, false);
        }
        ExecutionSnapshot latest = awaitEnd(given, wait, goesOn);
        // Who is seen as rejected here is by the order, which is about to say so.
        if (wantsAgentAtOnce
                && (given.order.isCompletedExceptionally() || latest.execution().state() == ExecutionState.REJECTED)) {
            awaitOrder();
        }
        return new Outcome(latest.execution(), latest.execution().state().isFinal() ? latest : null, false);
    }

    private void awaitOrder() {
        if (given != null) {
            var _ = Writes.await(given.order);
        }
    }

    private ExecutionSnapshot awaitEnd(Given mine, Duration wait, BooleanSupplier goesOn) {
        try {
            return executions.awaitEnd(mine.stored, () -> !mine.order.isDone(), wait, goesOn);
        } catch (BellhopException e) {
            throw unreadable(e);
        }
    }

    private ExecutionSnapshot find(Duration wait) {
        try {
            return executions
                    .find(id, TenantFilter.all(), wait)
                    .orElseThrow(() -> new IllegalStateException("an execution outlives its idempotency key"));
        } catch (BellhopException e) {
            throw unreadable(e);
        }
    }

    /** It is stored, so whoever is told of a database that is away is not to take it for one that was not started. */
    private static BellhopException unreadable(BellhopException e) {
        return new BellhopException(
                ErrorCode.START_UNCONFIRMED,
                "Cannot tell whether the command was started because the database cannot be read now",
                e);
    }
}
