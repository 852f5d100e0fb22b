// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.app.SettableClock;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.ApprovalDigest;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionFilter;
import dev.bellhop.server.execution.store.FailingStore;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.testkit.RealAgent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands that nobody runs before somebody has approved them. */
@Timeout(90)
@Tag("real")
class ApprovalTest {
    private static final String KEY = "0123456789ab";
    private static final String APPROVER = "ba9876543210";
    private static final int RUNNING_PER_VM = 2;
    private static final Duration LONG = Duration.ofDays(40);

    @TempDir
    private Path folder;

    private final FailingStore store = new FailingStore(new MemoryStore());
    private final SettableClock clock = new SettableClock(Instant.parse("2026-01-02T03:04:05Z"));
    private final AtomicBoolean mayStart = new AtomicBoolean(true);
    private RealAgent agent;
    private FakeVm vm;
    private TestEngine executions;

    @BeforeEach
    void start() {
        agent = RealAgent.start(folder);
        vm = new FakeVm(agent.socket());
        executions = engine();
    }

    @AfterEach
    void stop() {
        executions.close();
        vm.close();
        agent.close();
    }

    private TestEngine engine() {
        var engine = new TestEngine(
                store,
                vm,
                new ExecutionSettings(
                        TestExecutions.supervised(folder.resolve("spool")).guests(),
                        new ExecutionLimits(RUNNING_PER_VM, 10, 10)),
                clock,
                new SimpleMeterRegistry(),
                execution -> mayStart.get());
        engine.recover();
        return engine;
    }

    private void restart() {
        executions.close();
        executions = engine();
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    private Execution submit(StartOptions options, Duration within) {
        var request = new ExecutionRequest(TestExecutions.spec("echo > " + ran(), KEY), options);
        return executions
                .submit(FakeVm.ID, request.withApprovalWithin(within), null, Duration.ZERO, soon())
                .execution();
    }

    private Execution submit() {
        return submit(StartOptions.PLAIN, LONG);
    }

    private Path ran() {
        return folder.resolve("ran");
    }

    private void approve(Execution execution) {
        executions.approve(execution.id(), APPROVER, digest(execution), soon());
    }

    /** Of what the store has; of what it has no more, some digest. */
    private String digest(Execution execution) {
        return store.startOptions(execution.id())
                .map(options -> ApprovalDigest.of(execution, options))
                .orElseGet(() -> Objects.requireNonNullElse(
                        Objects.requireNonNull(now(execution).approval()).digest(), ""));
    }

    private Execution now(Execution execution) {
        return executions.find(execution.id(), Duration.ZERO).orElseThrow().execution();
    }

    private Execution end(Execution execution) {
        return executions
                .find(execution.id(), Duration.ofSeconds(40))
                .orElseThrow()
                .execution();
    }

    private void assertRejected(Execution execution, Reason reason) {
        assertThat(end(execution).state()).isEqualTo(ExecutionState.REJECTED);
        assertThat(end(execution).reason()).isEqualTo(reason);
        assertThat(ran()).doesNotExist();
    }

    private static void assertNotAwaiting(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_AWAITING_APPROVAL));
    }

    @Test
    void oneThatIsApprovedRuns() {
        Execution waiting = submit();
        assertThat(waiting.awaitsApproval()).isTrue();

        approve(waiting);
        approve(waiting);

        Execution end = end(waiting);
        assertThat(end.state()).isEqualTo(ExecutionState.EXITED);
        assertThat(end.approval()).extracting(Approval::givenBy).isEqualTo(APPROVER);
        assertThat(ran()).exists();
        assertNotAwaiting(() -> executions.approve(waiting.id(), KEY, digest(waiting), soon()));
        assertNotAwaiting(() -> executions.reject(waiting.id(), soon()));
    }

    @Test
    void anotherDigestThanThatOfWhatWouldRunApprovesNothing() {
        Execution waiting = submit();
        Execution other = submit();

        assertThatThrownBy(() -> executions.approve(waiting.id(), APPROVER, digest(other), soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH));

        assertThat(now(waiting).awaitsApproval()).isTrue();
        assertThat(ran()).doesNotExist();
    }

    /** As by whoever writes to the database: what is started is looked at once more. */
    @Test
    void whatIsNoMoreWhatWasApprovedIsNotStarted() {
        Execution waiting =
                submit(new StartOptions(Map.of(), null, null, null, false, Duration.ofHours(1), false), LONG);
        String seen = digest(waiting);
        store.deliver(TestExecutions.deliveredWithin(Duration.ofHours(1)));
        store.approve(waiting.id(), Objects.requireNonNull(waiting.approval()).given(clock.instant(), APPROVER, seen))
                .join();
        restart();

        assertRejected(waiting, Reason.APPROVAL_MISMATCH);
    }

    @Test
    void itTakesNobodysTurnWhileItWaits() {
        List<Execution> waiting =
                IntStream.range(0, RUNNING_PER_VM).mapToObj(i -> submit()).toList();

        Execution other = executions.start(FakeVm.ID, TestExecutions.request("exit 3", KEY), soon());

        assertThat(end(other).state()).isEqualTo(ExecutionState.EXITED);
        assertThat(waiting).allMatch(each -> now(each).awaitsApproval());
    }

    @Test
    void oneThatIsRejectedNeverRuns() {
        Execution waiting = submit();

        executions.reject(waiting.id(), soon());

        assertRejected(waiting, Reason.APPROVAL_REFUSED);
        assertNotAwaiting(() -> approve(waiting));
    }

    @Test
    void oneThatNobodyApprovesExpires() {
        Execution waiting = submit(StartOptions.PLAIN, Duration.ofMillis(50));
        clock.advance(Duration.ofMillis(50));

        assertRejected(waiting, Reason.APPROVAL_EXPIRED);
        assertNotAwaiting(() -> approve(waiting));
    }

    /** The clock is set now and then, and nobody has waited for longer. */
    @Test
    void aClockThatIsSetAheadLetsNothingExpire() {
        Execution waiting = submit(StartOptions.PLAIN, Duration.ofHours(1));
        clock.advance(Duration.ofHours(2));
        // So that it is looked at.
        executions.vmReassigned(FakeVm.ID);
        end(executions.start(FakeVm.ID, TestExecutions.request("exit 3", KEY), soon()));

        approve(waiting);

        assertThat(end(waiting).state()).isEqualTo(ExecutionState.EXITED);
    }

    @Test
    void norDoesOneThatIsSetBackKeepItFromThat() {
        Execution waiting = submit(StartOptions.PLAIN, Duration.ofMillis(500));
        clock.advance(Duration.ofHours(-2));

        assertRejected(waiting, Reason.APPROVAL_EXPIRED);
        assertThat(end(waiting).finishedAt()).isEqualTo(waiting.createdAt());

        Execution another = submit(StartOptions.PLAIN, Duration.ofMillis(500));
        executions.close();
        clock.advance(Duration.ofHours(-2));
        executions = engine();

        assertRejected(another, Reason.APPROVAL_EXPIRED);
    }

    @Test
    void anApprovalIsNotGivenBeforeItWasAskedFor() {
        Execution waiting = submit();
        clock.advance(Duration.ofHours(-2));

        approve(waiting);

        Execution end = end(waiting);
        assertThat(end.approval()).extracting(Approval::givenAt).isEqualTo(end.createdAt());
        assertThat(end.startedAt()).isEqualTo(end.createdAt());
        assertThat(end.finishedAt()).isEqualTo(end.createdAt());
    }

    @Test
    void ofTwoThatApproveAtOnceTheFirstHasDoneIt() {
        Execution waiting = submit();
        Approval first = Objects.requireNonNull(waiting.approval()).given(clock.instant(), KEY + "1", digest(waiting));
        store.approve(waiting.id(), first).join();

        assertNotAwaiting(() -> approve(waiting));

        assertThat(end(waiting).state()).isEqualTo(ExecutionState.EXITED);
        assertThat(end(waiting).approval()).isEqualTo(first);
    }

    @Test
    void oneThatWaitsCanBeCancelled() {
        Execution waiting = submit();

        executions.cancel(waiting.id(), Duration.ZERO, soon());

        assertThat(end(waiting).state()).isEqualTo(ExecutionState.CANCELLED);
        assertNotAwaiting(() -> approve(waiting));
        assertThat(ran()).doesNotExist();
    }

    @Test
    void itGoesOnWaitingAfterARestart() {
        Execution waiting = submit();
        restart();
        assertThat(now(waiting).awaitsApproval()).isTrue();

        approve(waiting);

        assertThat(end(waiting).state()).isEqualTo(ExecutionState.EXITED);
        assertThat(ran()).exists();
    }

    @Test
    void oneThatExpiresWhileNoServerIsThereIsNotRun() {
        Execution waiting = submit(StartOptions.PLAIN, Duration.ofHours(1));
        executions.close();
        clock.advance(Duration.ofHours(1));
        executions = engine();

        assertRejected(waiting, Reason.APPROVAL_EXPIRED);
    }

    @Test
    void whatWasApprovedIsStillWantedAfterARestart() {
        agent.kill();
        Execution waiting = submit(TestExecutions.deliveredWithin(Duration.ofMinutes(5)), LONG);
        approve(waiting);
        restart();
        agent.restart();

        assertThat(end(waiting).state()).isEqualTo(ExecutionState.EXITED);
    }

    @Test
    void deliveryTimeoutBeginsWithTheApproval() {
        agent.kill();
        Execution waiting = submit(TestExecutions.deliveredWithin(Duration.ofSeconds(2)), LONG);
        clock.advance(Duration.ofHours(1));
        approve(waiting);
        agent.restart();

        assertThat(end(waiting).state()).isEqualTo(ExecutionState.EXITED);
    }

    @Test
    void oneThatMayNotBeStartedAnyMoreEndsAtOnce() {
        Execution waiting = submit();

        mayStart.set(false);
        executions.vmReassigned(FakeVm.ID);

        assertRejected(waiting, Reason.VM_REASSIGNED);
    }

    @Test
    void anApprovalThatCannotBeStoredIsNone() {
        Execution waiting = submit();
        store.failOn(execution -> true);
        assertThatThrownBy(() -> approve(waiting))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
        store.work();
        assertThat(now(waiting).awaitsApproval()).isTrue();
        assertThat(ran()).doesNotExist();
    }

    @Test
    void manyMayWaitAndNotWithoutEnd() {
        for (int i = 0; i < 100; i++) {
            submit();
        }
        assertThatThrownBy(this::submit)
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY_EXECUTIONS));
        executions.reject(
                store.list(ExecutionFilter.ALL, null, 1).executions().getFirst().id(), soon());
        submit();
    }
}
