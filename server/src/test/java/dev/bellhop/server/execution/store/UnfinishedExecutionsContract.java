// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import static dev.bellhop.server.execution.TestExecutions.ended;
import static dev.bellhop.server.execution.TestExecutions.exited;
import static dev.bellhop.server.execution.TestExecutions.exitedAt;
import static dev.bellhop.server.execution.TestExecutions.pending;
import static dev.bellhop.server.execution.TestExecutions.started;
import static dev.bellhop.server.execution.TestExecutions.startedUnder;
import static dev.bellhop.server.execution.store.ExecutionStoreScene.stdout;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.audit.AuditedWrites;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What has not ended is known after a restart, with all that it takes to go on with it. */
interface UnfinishedExecutionsContract extends ExecutionStoreScene {
    @Test
    default void whatHasNotEndedIsUnfinishedOldestFirst() throws Exception {
        Execution pending = inserted(pending(1));
        updated(exited(started(inserted(pending(1)), 2), new ExitStatus(0, null), OutputSize.NONE));
        Execution running = updated(started(inserted(pending(2)), 3));
        updated(ended(inserted(pending(1)), ExecutionState.REJECTED, Reason.AGENT_REFUSED));
        updated(ended(inserted(pending(1)), ExecutionState.LOST, Reason.START_UNCONFIRMED));

        assertThat(store().journal().unfinished())
                .extracting(Unfinished::execution)
                .containsExactly(pending, running);
        assertThat(reopened().journal().unfinished())
                .extracting(Unfinished::execution)
                .containsExactly(pending, running);
    }

    @Test
    default void whetherAGuestMayHaveHeardOfItIsKept() throws Exception {
        UUID boot = UUID.fromString("4a5e1e4b-aaaa-4bbb-8ccc-1234567890ab");
        StartIntent first = new StartIntent(ExecutionMode.SUPERVISED, TestExecutions.CREATED, "/var/lib/bellhop", boot);
        StartIntent second =
                new StartIntent(ExecutionMode.SUPERVISED, TestExecutions.STARTED, "/elsewhere", UUID.randomUUID());
        StartIntent later = new StartIntent(ExecutionMode.DIRECT, TestExecutions.STARTED);
        inserted(pending(1));
        store().intake().insert(pending(1), StartOptions.PLAIN, first, null).join();
        Execution askedAgain = pending(1);
        store().intake().insert(askedAgain, StartOptions.PLAIN, first, null).join();
        store().journal().ask(askedAgain.id(), later).join();
        Execution elsewhere = pending(1);
        store().intake().insert(elsewhere, StartOptions.PLAIN, first, null).join();
        store().journal().ask(elsewhere.id(), second).join();

        assertThat(store().journal().unfinished())
                .extracting(Unfinished::asked)
                .containsExactly(null, first, later, second);
        assertThat(reopened().journal().unfinished())
                .extracting(Unfinished::asked)
                .containsExactly(null, first, later, second);
    }

    @Test
    default void whatIsToEndIsKeptUntilItHas() throws Exception {
        inserted(pending(1));
        Execution running = updated(started(inserted(pending(1)), 2));
        store().intake().cancel(running.id(), Duration.ofMillis(2500)).join();
        Execution ended = updated(ended(inserted(pending(1)), ExecutionState.REJECTED, Reason.AGENT_REFUSED));
        store().intake().cancel(ended.id(), Duration.ZERO).join();

        assertThat(store().journal().unfinished())
                .extracting(Unfinished::cancelGrace)
                .containsExactly(null, Duration.ofSeconds(3));
        assertThat(reopened().journal().unfinished())
                .extracting(Unfinished::cancelGrace)
                .containsExactly(null, Duration.ofSeconds(3));
    }

    @Test
    default void whatIsOpenInAGuestIsKnownUntilTheEnd() throws Exception {
        inserted(pending(1));
        Execution running = updated(started(inserted(pending(1)), 7));
        store().journal().opened(running.id(), new OpenFiles(1000L, 1001L)).join();
        store().journal().opened(running.id(), new OpenFiles(null, 1002L)).join();
        updated(running, stdout(0, "out"));

        assertThat(reopened().journal().unfinished())
                .extracting(Unfinished::files)
                .containsExactly(OpenFiles.NONE, new OpenFiles(null, 1002L));
    }

    @Test
    default void ofSeveralCancelsTheSoonestIsKept() {
        Execution running = updated(started(inserted(pending(1)), 7));
        store().intake().cancel(running.id(), Duration.ofSeconds(5)).join();
        store().intake().cancel(running.id(), Duration.ofSeconds(2)).join();
        store().intake().cancel(running.id(), Duration.ofSeconds(9)).join();

        assertThat(store().journal().unfinished())
                .extracting(Unfinished::cancelGrace)
                .containsExactly(Duration.ofSeconds(2));
    }

    @Test
    default void beingAskedAndCancelledLeavesAnExecutionAsItIs() {
        StartOptions options = new StartOptions(Map.of(), null, null, null, false, Duration.ofSeconds(5), true);
        Execution pending = pending(1);
        store().intake().insert(pending, options, null, null).join();
        store().journal()
                .ask(pending.id(), new StartIntent(ExecutionMode.SUPERVISED, TestExecutions.STARTED))
                .join();
        store().intake().cancel(pending.id(), Duration.ZERO).join();

        assertThat(store().reader().find(pending.id())).hasValue(pending);
        assertThat(store().journal().startOptions(pending.id())).hasValue(options);
    }

    @Test
    default void theFirstApprovalOfWhatWaitsForItIsKept() {
        Instant later = TestExecutions.CREATED.plusSeconds(60);
        Execution waiting = TestExecutions.pending(1).withApproval(Approval.until(later));
        Execution ended = TestExecutions.pending(1).withApproval(Approval.until(later));
        Approval first = Approval.until(later).given(TestExecutions.CREATED.plusSeconds(1), "aaaaaaaaaaaa", "sha256:a");
        Approval second =
                Approval.until(later).given(TestExecutions.CREATED.plusSeconds(2), "bbbbbbbbbbbb", "sha256:b");
        inserted(waiting);
        inserted(ended);
        Execution rejected = TestExecutions.ended(ended, ExecutionState.REJECTED, Reason.APPROVAL_EXPIRED);
        store().journal().update(rejected, List.of()).join();
        assertThat(store().reader().find(waiting.id())).hasValue(waiting);

        store().intake().approve(waiting.id(), first).join();
        store().intake().approve(waiting.id(), second).join();
        store().intake().approve(ended.id(), first).join();

        assertThat(store().reader().find(waiting.id())).hasValue(waiting.withApproval(first));
        assertThat(store().reader().find(ended.id())).hasValue(rejected);
    }

    @Test
    default void whatNoGuestHasHeardOfIsEndedAndNothingElse() {
        Execution unasked = inserted(pending(1));
        Execution asked = inserted(pending(1));
        store().journal()
                .ask(asked.id(), new StartIntent(ExecutionMode.SUPERVISED, TestExecutions.STARTED))
                .join();
        Execution approved = inserted(pending(1).withApproval(Approval.until(TestExecutions.FINISHED)));
        store().intake()
                .approve(approved.id(), Approval.until(TestExecutions.FINISHED).given(TestExecutions.STARTED, "k", "d"))
                .join();
        Execution running = started(inserted(pending(1)), 7);
        store().journal().update(running, List.of()).join();

        assertThat(endedUnasked(unasked)).isTrue();
        assertThat(store().reader().find(unasked.id())).hasValue(rejected(unasked));
        assertThat(store().reader().revision(unasked.id())).hasValue(2);
        assertThat(store().journal().startOptions(unasked.id())).isEmpty();
        assertThat(AuditedWrites.actions(audit())).last().isEqualTo(AuditRecord.EXECUTION_END);
        assertThat(endedUnasked(unasked)).isFalse();
        assertThat(endedUnasked(asked)).isFalse();
        assertThat(endedUnasked(approved)).isFalse();
        assertThat(endedUnasked(pending(1))).isFalse();
        assertThat(store().journal().unfinished())
                .extracting(left -> left.execution().id())
                .containsExactlyInAnyOrder(asked.id(), approved.id(), running.id());

        // Whoever inserted it knows better.
        assertThat(endedUnheard(approved)).isFalse();
        assertThat(endedUnheard(asked)).isTrue();
        assertThat(endedUnheard(asked)).isFalse();
        assertThat(store().reader().find(asked.id())).hasValue(rejected(asked));
    }

    private boolean endedUnheard(Execution execution) {
        return store().intake().endUnheard(rejected(execution)).join();
    }

    private boolean endedUnasked(Execution execution) {
        return store().intake().endUnasked(rejected(execution)).join();
    }

    private static Execution rejected(Execution execution) {
        return execution.endedUnstarted(ExecutionState.REJECTED, Reason.AGENT_UNAVAILABLE, TestExecutions.FINISHED);
    }

    @Test
    default void unfinishedOnesOfAVmAreFoundAmongManyOthers() {
        Execution first = inserted(pending(1));
        Execution second = updated(started(inserted(startedUnder("a", 1)), 7));
        inserted(pending(2));
        updated(exitedAt(started(inserted(pending(1)), 8), TestExecutions.FINISHED));

        assertThat(store().journal().unfinished(VM, 9)).containsExactly(second.id(), first.id());
        assertThat(store().journal().unfinished(VM, 1)).containsExactly(second.id());
    }

    @Test
    default void whatIsNotThereIsNeitherCancelledNorApproved() {
        store().intake().cancel(pending(1).id(), Duration.ZERO).join();
        store().intake()
                .approve(pending(1).id(), Approval.until(TestExecutions.CREATED))
                .join();

        assertThat(store().journal().unfinished()).isEmpty();
        assertThat(store().journal().command(pending(1).id())).isEmpty();
        assertThat(store().journal().startOptions(pending(1).id())).isEmpty();
    }
}
