// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.ApprovalDigest;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionStore;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.WallClock;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lets executions go on, or end, that are not started before somebody approves them. Thread safe. */
public final class Approvals {
    private static final Duration SLICE = Duration.ofMillis(500);

    private final ExecutionStore store;
    private final LiveExecutions executions;
    private final StartCheck mayStart;
    private final Clock clock;

    /** @param clock of whole milliseconds */
    Approvals(ExecutionStore store, LiveExecutions executions, StartCheck mayStart, Clock clock) {
        this.store = store;
        this.executions = executions;
        this.mayStart = mayStart;
        this.clock = clock;
    }

    /**
     * Has an execution started, in its turn; returns once the approval is durable. Approving again with the same key changes
     * nothing.
     *
     * @param seen the digest of what was seen of it
     * @throws BellhopException {@code DIGEST_MISMATCH}, {@code NOT_AWAITING_APPROVAL}, {@code STORE_UNAVAILABLE}, or why it may not
     *     be started any more
     */
    public void approve(ExecutionId id, String keyId, String seen, Deadline deadline) {
        LiveExecution live = executions.live(id);
        Approval approval = live == null ? null : live.durable().approval();
        if (live == null || approval == null) {
            throw notAwaiting();
        }
        if (keyId.equals(approval.givenBy())) {
            requireSame(seen, approval.digest());
            return;
        }
        if (live.hasApprovalExpired() || !live.awaitsApproval()) {
            throw notAwaiting();
        }
        mayStart.denial(live.durable()).ifPresent(denial -> {
            throw denial.why();
        });
        // Gone where it does not wait any more, which shows when the approval is stored.
        Optional<StartOptions> asked = asked(id);
        if (asked.isPresent()) {
            requireSame(seen, ApprovalDigest.of(whole(live.durable()), asked.get()));
        }
        Instant now = WallClock.notBefore(live.durable().createdAt(), clock.instant());
        Writes.await(store.intake().approve(id, approval.given(now, keyId, seen)), deadline.remaining());
        // Of two that approve at once, the first whose approval is stored has given it.
        store.reader()
                .find(id)
                .map(Execution::approval)
                .filter(Approval::isGiven)
                .ifPresent(given ->
                        live.approved(given, store.reader().revision(id).orElseThrow()));
        Approval stored = live.durable().approval();
        if (stored == null || !keyId.equals(stored.givenBy())) {
            throw notAwaiting();
        }
    }

    /** The same with all of its command, of which it may have the beginning. */
    Execution whole(Execution execution) {
        return execution.hasMore()
                ? store.journal()
                        .command(execution.id())
                        .map(execution::withCommand)
                        .orElse(execution)
                : execution;
    }

    private static void requireSame(String seen, @Nullable String digest) {
        if (!seen.equals(digest)) {
            throw new BellhopException(
                    ErrorCode.DIGEST_MISMATCH,
                    "Cannot approve this because what would run is not what this digest stands for; look at it again");
        }
    }

    /**
     * What an execution that waits for approval would be started with; empty where it waits no more.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE}
     */
    public Optional<StartOptions> asked(ExecutionId id) {
        return store.journal().startOptions(id);
    }

    /**
     * Ends an execution without starting it; returns once that is durable.
     *
     * @throws BellhopException {@code NOT_AWAITING_APPROVAL}, or {@code STORE_UNAVAILABLE}: it does not start, unless the server is
     *     restarted before its end is stored
     */
    public void reject(ExecutionId id, Deadline deadline) {
        LiveExecution live = executions.live(id);
        if (live == null || !(live.refuse() || live.isRefused())) {
            throw notAwaiting();
        }
        while (live.awaitEnd(SLICE) == null) {
            if (deadline.hasPassed() || Thread.currentThread().isInterrupted()) {
                throw new BellhopException(
                        ErrorCode.STORE_UNAVAILABLE,
                        "Cannot say for good that this execution is rejected because that could not be stored so far");
            }
        }
    }

    private static BellhopException notAwaiting() {
        return new BellhopException(
                ErrorCode.NOT_AWAITING_APPROVAL,
                "Cannot decide on this execution because it does not wait for approval");
    }
}
