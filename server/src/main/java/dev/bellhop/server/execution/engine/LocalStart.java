// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.tenant.TenantFilter;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A start in this process.
 *
 * @param live absent where an earlier request with the same idempotency key has made it
 * @param wantsAgentAtOnce whether its agent has to be there, once it is its turn
 * @param atOnce whether it waits for neither its turn nor an agent that it may wait for
 */
record LocalStart(
        ExecutionId id,
        @Nullable LiveExecution live,
        boolean wantsAgentAtOnce,
        boolean atOnce,
        LiveExecutions executions,
        StartWait waits)
        implements StartHandle {
    @Override
    public boolean isReplayed() {
        return live == null;
    }

    @Override
    public Execution awaitPid(Deadline deadline) {
        LiveExecution started = live == null ? executions.live(id) : live;
        return started == null ? StartWait.started(find(Duration.ZERO).execution()) : waits.awaitPid(started, deadline);
    }

    @Override
    public Outcome await(Duration wait, BooleanSupplier goesOn, Deadline start) {
        if (live == null) {
            ExecutionSnapshot seen = find(wait);
            Execution execution = seen.execution();
            return new Outcome(execution, execution.state().isFinal() ? seen : null, true);
        }
        if (wait.isZero()) {
            if (atOnce) {
                waits.awaitAnswer(live, start);
            }
            return new Outcome(live.durable(), null, false);
        }
        ExecutionSnapshot end = waits.awaitEnd(live, wait, goesOn);
        live.storePid();
        if (live.started().isCompletedExceptionally() && wantsAgentAtOnce) {
            Writes.await(live.started());
        }
        return new Outcome(end == null ? live.durable() : end.execution(), end, false);
    }

    private ExecutionSnapshot find(Duration wait) {
        return executions
                .find(id, TenantFilter.all(), wait)
                .orElseThrow(() -> new IllegalStateException("an execution outlives its idempotency key"));
    }
}
