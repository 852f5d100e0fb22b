// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.ApprovalDigest;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.WallClock;
import dev.bellhop.server.execution.store.ExecutionIntake;
import dev.bellhop.server.execution.store.ExecutionReader;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lets executions go on, or end, that are not started before somebody approves them. Thread safe.
 *
 * @param clock of whole milliseconds
 */
record Approvals(
        ExecutionReader reader, ExecutionIntake intake, LiveExecutions executions, StartCheck mayStart, Clock clock) {
    private static final Duration SLICE = Duration.ofMillis(500);

    void approve(ExecutionId id, String keyId, String seen, Deadline deadline) {
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
        Optional<StartOptions> options = executions.startOptions(id);
        if (options.isPresent()) {
            requireSame(seen, ApprovalDigest.of(executions.whole(live.durable()), options.get()));
        }
        Instant now = WallClock.notBefore(live.durable().createdAt(), clock.instant());
        Writes.await(intake.approve(id, approval.given(now, keyId, seen)), deadline.remaining());
        // Of two that approve at once, the first whose approval is stored has given it.
        reader.find(id)
                .map(Execution::approval)
                .filter(Approval::isGiven)
                .ifPresent(given -> live.approved(given, reader.revision(id).orElseThrow()));
        Approval stored = live.durable().approval();
        if (stored == null || !keyId.equals(stored.givenBy())) {
            throw notAwaiting();
        }
    }

    private static void requireSame(String seen, @Nullable String digest) {
        if (!seen.equals(digest)) {
            throw new BellhopException(
                    ErrorCode.DIGEST_MISMATCH,
                    "Cannot approve this because what would run is not what this digest stands for; look at it again");
        }
    }

    void reject(ExecutionId id, Deadline deadline) {
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
