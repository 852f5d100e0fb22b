// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.guest.StartOptionsLoader;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Begins executions that another process has stored: one that was just ordered, or those that are found in the store. An order and a
 * look at the store may bring the same one, even at once, and an order may come late: each is begun once. Thread safe.
 */
final class StoredStarts {
    private static final Duration REMEMBERED = Duration.ofMinutes(10);
    private static final int MOST_REMEMBERED = 100_000;

    private final LiveExecutions executions;
    private final ExecutionJournal journal;
    private final FairLimit longContents;
    private final Admission admission;
    private final ExecutionRuns runs;
    private final Cancellations cancellations;
    private final Recovery recovery;
    private final StartWait waits;
    private final InstantSource clock;

    /** What was begun here lately, whether or not it has ended. */
    private final Cache<ExecutionId, ExecutionId> begun = Caffeine.newBuilder()
            .expireAfterWrite(REMEMBERED)
            .maximumSize(MOST_REMEMBERED)
            .build();

    StoredStarts(
            LiveExecutions executions,
            ExecutionJournal journal,
            FairLimit longContents,
            Admission admission,
            ExecutionRuns runs,
            Cancellations cancellations,
            Recovery recovery,
            StartWait waits,
            InstantSource clock) {
        this.executions = executions;
        this.journal = journal;
        this.longContents = longContents;
        this.admission = admission;
        this.runs = runs;
        this.cancellations = cancellations;
        this.recovery = recovery;
        this.waits = waits;
        this.clock = clock;
        // It may come back, and is taken up again then.
        executions.whenLetGo(begun::invalidate);
    }

    /** As {@link ExecutionEngine#order}. */
    synchronized StartHandle order(Unfinished left, @Nullable StartOptions options, Duration pidDue, Deadline start) {
        Execution execution = left.execution();
        StartOptions terms = left.terms();
        boolean wantsAgentAtOnce = terms.deliveryTimeout().isZero();
        LiveExecution known = executions.live(execution.id());
        if (known != null) {
            return handle(known, wantsAgentAtOnce, wantsAgentAtOnce && !known.awaitsApproval());
        }
        if (begun.getIfPresent(execution.id()) != null) {
            throw new BellhopException(
                    ErrorCode.EXECUTION_ENDED, "Cannot start this because it was started before, and has ended");
        }
        Admission.Ticket ticket = execution.awaitsApproval()
                ? admission.waitOutside(execution.vm(), execution.spec())
                : admission.enter(execution.vm(), execution.spec());
        try {
            LiveExecution live = new LiveExecution(execution, left.revision(), terms.stdinFollows(), false, clock);
            Duration grace = left.cancelGrace();
            if (grace != null) {
                cancellations.goOn(live, grace);
            }
            begun.put(execution.id(), execution.id());
            boolean atOnce = ticket.isAdmitted() && wantsAgentAtOnce;
            StartOptionsLoader source = atOnce && options != null
                    ? StartOptionsLoader.ofStartAtOnce(execution, options, journal, longContents)
                    : new StartOptionsLoader(execution, terms, null, journal, longContents);
            runs.begin(live, new PendingStart(source, left.asked(), false, start), ticket, pidDue);
            return handle(live, wantsAgentAtOnce, atOnce);
        } catch (RuntimeException | Error e) {
            ticket.close();
            throw e;
        }
    }

    private StartHandle handle(LiveExecution live, boolean wantsAgentAtOnce, boolean atOnce) {
        return new LocalStart(live.id(), live, wantsAgentAtOnce, atOnce, executions, waits);
    }

    /** As {@link ExecutionEngine#takeUp}. */
    synchronized void takeUp(List<Unfinished> unfinished) {
        unfinished.forEach(this::catchUp);
        List<Unfinished> unknown = unfinished.stream()
                .filter(left -> begun.getIfPresent(left.execution().id()) == null
                        && executions.live(left.execution().id()) == null)
                .toList();
        unknown.forEach(
                left -> begun.put(left.execution().id(), left.execution().id()));
        recovery.takeUp(unknown);
    }

    /** What callers want of one that is known, and this process may not have heard. */
    private void catchUp(Unfinished left) {
        LiveExecution live = executions.live(left.execution().id());
        if (live == null) {
            return;
        }
        Duration grace = left.cancelGrace();
        if (grace != null && !live.isCancelStored()) {
            cancellations.goOn(live, grace);
        }
        Approval approval = left.execution().approval();
        if (approval != null && approval.isGiven()) {
            approved(live, approval, left.revision());
        }
    }

    void approved(@Nullable LiveExecution live, Approval given, long revision) {
        if (live != null) {
            var _ = live.approved(given, revision);
        }
    }

    /** As {@link ExecutionEngine#letGo}. */
    synchronized void letGo(VmId vm) {
        for (LiveExecution live : List.copyOf(executions.all())) {
            if (live.durable().vm().equals(vm)) {
                live.letGo();
            }
        }
    }
}
