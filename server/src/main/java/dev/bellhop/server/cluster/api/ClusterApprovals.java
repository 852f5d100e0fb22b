// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.ApprovalDigest;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.WallClock;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/**
 * Lets executions go on, or end, that are not started before somebody approves them, on whichever node they wait. Thread safe.
 *
 * @param clock of whole milliseconds
 */
record ClusterApprovals(
        ExecutionStore store,
        ClusterExecutions executions,
        NodeCalls calls,
        Nodes nodes,
        StartCheck mayStart,
        Clock clock) {

    void approve(ExecutionId id, String keyId, String seen, Deadline deadline) {
        Execution execution = executions.stored().find(id).orElseThrow(ClusterApprovals::notAwaiting);
        Approval approval = execution.approval();
        if (approval == null) {
            throw notAwaiting();
        }
        if (keyId.equals(approval.givenBy())) {
            requireSame(seen, approval.digest());
            return;
        }
        if (!execution.awaitsApproval() || clock.instant().isAfter(approval.expiresAt())) {
            throw notAwaiting();
        }
        mayStart.denial(execution).ifPresent(denial -> {
            throw denial.why();
        });
        Optional<StartOptions> options = executions.startOptions(id);
        if (options.isPresent()) {
            requireSame(seen, ApprovalDigest.of(executions.whole(execution), options.get()));
        }
        Instant now = WallClock.notBefore(execution.createdAt(), clock.instant());
        Writes.await(store.intake().approve(id, approval.given(now, keyId, seen)), deadline.remaining());
        // Of two that approve at once, the first whose approval is stored has given it.
        Approval stored = executions.stored().find(id).map(Execution::approval).orElse(null);
        if (stored == null || !keyId.equals(stored.givenBy())) {
            throw notAwaiting();
        }
        long revision = executions.stored().revision(id).orElse(0);
        // A node that does not hear of it finds it in the store.
        nodes.holderOf(execution.vm())
                .ifPresent(holder -> calls.wake(
                        holder.node(),
                        holder.session(),
                        NodeOrder.APPROVE,
                        new NodeOrder.Approve(holder.session(), id.value(), stored, revision)));
    }

    private static void requireSame(String seen, @org.jspecify.annotations.Nullable String digest) {
        if (!seen.equals(digest)) {
            throw new BellhopException(
                    ErrorCode.DIGEST_MISMATCH,
                    "Cannot approve this because what would run is not what this digest stands for; look at it again");
        }
    }

    /** The node's place for it is free once that is told, or finds it. */
    void reject(ExecutionId id, Deadline deadline) {
        Execution execution = executions.stored().find(id).orElseThrow(ClusterApprovals::notAwaiting);
        if (isRefused(execution)) {
            return;
        }
        if (!execution.awaitsApproval()) {
            throw notAwaiting();
        }
        Execution refused = execution.endedUnstarted(ExecutionState.REJECTED, Reason.APPROVAL_REFUSED, clock.instant());
        boolean done = Writes.await(store.intake().endUnasked(refused), deadline.remaining());
        nodes.holderOf(execution.vm())
                .ifPresent(holder -> calls.wake(
                        holder.node(),
                        holder.session(),
                        NodeOrder.REJECT,
                        new NodeOrder.Reject(holder.session(), id.value(), deadline.remaining())));
        if (!done
                && executions
                        .stored()
                        .find(id)
                        .filter(ClusterApprovals::isRefused)
                        .isEmpty()) {
            throw notAwaiting();
        }
    }

    private static boolean isRefused(Execution execution) {
        return execution.state() == ExecutionState.REJECTED && execution.reason() == Reason.APPROVAL_REFUSED;
    }

    private static BellhopException notAwaiting() {
        return new BellhopException(
                ErrorCode.NOT_AWAITING_APPROVAL,
                "Cannot decide on this execution because it does not wait for approval");
    }
}
