// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionFilter;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.FailingStore;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.MemoryStore;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.TenantFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The engine with a guest that does as it is told, and a store that fails when it is told. */
@Timeout(60)
class ExecutionEngineTest {
    private static final ExecutionRequest REQUEST = TestExecutions.request("x", "0123456789ab");

    @TempDir
    private Path folder;

    private final FailingStore store = new FailingStore(new MemoryStore());
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private FakeGuest guest;
    private FakeVm vm;
    private TestEngine executions;

    @BeforeEach
    void start() {
        guest = new FakeGuest(folder.resolve("a.sock"));
        vm = new FakeVm(guest.agent().socket());
        executions = engine();
    }

    @AfterEach
    void stop() {
        executions.close();
        vm.close();
        guest.close();
    }

    private TestEngine engine() {
        return engine(execution -> true);
    }

    private TestEngine engine(Predicate<Execution> mayStart) {
        return new TestEngine(store, vm, TestExecutions.DIRECT, Clock.systemUTC(), registry, mayStart);
    }

    private Execution start(long pid, String output) {
        guest.nextIs(pid, output);
        return executions.start(FakeVm.ID, REQUEST, Deadline.after(Duration.ofSeconds(30)));
    }

    private static ConditionFactory eventually() {
        return Awaitility.await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(5));
    }

    private Execution ended(Execution execution) {
        return eventually()
                .until(() -> stored(execution), found -> found.state().isFinal());
    }

    private Execution stored(Execution execution) {
        return store.find(execution.id()).orElseThrow();
    }

    private String output(long pid) {
        ExecutionSnapshot snapshot = executions
                .findByPid(FakeVm.ID, pid, TenantFilter.all(), Duration.ZERO)
                .orElseThrow();
        return new String(Objects.requireNonNull(snapshot.stdout()), StandardCharsets.UTF_8);
    }

    /** A guest that gives pids again, to commands of an account and of others. */
    @Test
    void anAccountsNewestWithAPidIsItsOwn() {
        ExecutionRequest ours = TestExecutions.request("x", "0123456789ab", account("a"));
        guest.nextIs(7, "ours");
        Execution first = executions.start(FakeVm.ID, ours, Deadline.after(Duration.ofSeconds(30)));
        assertThat(stdout(TenantFilter.of(account("a")))).isEmpty();
        guest.end(7);
        ended(first);
        assertThat(stdout(TenantFilter.of(account("a")))).isEqualTo("ours");
        assertThat(stdout(TenantFilter.all())).isEqualTo("ours");

        Execution second = start(7, "theirs");
        assertThat(stdout(TenantFilter.of(account("a")))).isEqualTo("ours");
        assertThat(found(TenantFilter.all())).isEqualTo(second.id());
        assertThat(executions.findByPid(FakeVm.ID, 7, TenantFilter.of(account("b")), Duration.ZERO))
                .isEmpty();
        guest.end(7);
        ended(second);
        assertThat(stdout(TenantFilter.of(account("a")))).isEqualTo("ours");
        assertThat(stdout(TenantFilter.all())).isEqualTo("theirs");
        assertThat(executions.findByPid(FakeVm.ID, 7, TenantFilter.of(account("b")), Duration.ZERO))
                .isEmpty();
        executions.close();
        executions = engine();
        assertThat(stdout(TenantFilter.of(account("a")))).isEqualTo("ours");
        assertThat(stdout(TenantFilter.all())).isEqualTo("theirs");
    }

    private String stdout(TenantFilter tenants) {
        ExecutionSnapshot snapshot =
                executions.findByPid(FakeVm.ID, 7, tenants, Duration.ZERO).orElseThrow();
        return new String(Objects.requireNonNull(snapshot.stdout()), StandardCharsets.UTF_8);
    }

    private ExecutionId found(TenantFilter tenants) {
        return executions
                .findByPid(FakeVm.ID, 7, tenants, Duration.ZERO)
                .orElseThrow()
                .execution()
                .id();
    }

    @Test
    void whatWasStartedUnderAnAccountIsNoneOfAnothers() {
        guest.nextIs(7, "");
        Execution ours = executions.start(
                FakeVm.ID,
                TestExecutions.request("x", "0123456789ab", account("a")),
                Deadline.after(Duration.ofSeconds(30)));
        for (int round = 0; round < 2; round++) {
            assertThat(executions.findStartedUnder(TenantFilter.of(account("a")), ours.id()))
                    .isPresent();
            assertThat(executions.findStartedUnder(TenantFilter.all(), ours.id()))
                    .isPresent();
            assertThat(executions.findStartedUnder(TenantFilter.of(account("b")), ours.id()))
                    .isEmpty();
            if (round == 0) {
                guest.end(7);
                ended(ours);
            }
        }
    }

    /** Or the time that an answer takes would tell them apart. */
    @Test
    void anothersIdCostsTheSameLookAsAnUnknownOne() {
        guest.nextIs(7, "out");
        Execution theirs = executions.start(
                FakeVm.ID,
                TestExecutions.request("x", "0123456789ab", account("a")),
                Deadline.after(Duration.ofSeconds(30)));
        for (int round = 0; round < 2; round++) {
            int before = store.reads();
            assertThat(executions.findStartedUnder(TenantFilter.of(account("b")), theirs.id()))
                    .isEmpty();
            int forAnothers = store.reads() - before;
            assertThat(executions.findStartedUnder(
                            TenantFilter.of(account("b")),
                            TestExecutions.pending(1).id()))
                    .isEmpty();
            assertThat(store.reads() - before - forAnothers).isEqualTo(forAnothers);

            before = store.reads();
            assertThat(executions.findByPid(FakeVm.ID, 7, TenantFilter.of(account("b")), Duration.ZERO))
                    .isEmpty();
            forAnothers = store.reads() - before;
            assertThat(executions.findByPid(FakeVm.ID, 8, TenantFilter.of(account("b")), Duration.ZERO))
                    .isEmpty();
            assertThat(store.reads() - before - forAnothers).isEqualTo(forAnothers);
            if (round == 0) {
                guest.end(7);
                ended(theirs);
            }
        }
    }

    @Test
    void whatMayNotBeStartedAnyMoreIsNot() {
        executions.close();
        AtomicBoolean mayStart = new AtomicBoolean(true);
        executions = engine(execution -> mayStart.get());
        start(7, "");
        mayStart.set(false);

        assertThatThrownBy(() -> start(8, "")).isInstanceOfSatisfying(BellhopException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND);
            assertThat(e).hasMessage("Cannot find VM 1");
        });
        eventually()
                .until(() -> store.list(ExecutionFilter.ALL, null, 1)
                                .executions()
                                .getFirst()
                                .reason()
                        == Reason.VM_REASSIGNED);
        assertThat(guest.agent().requests().stream()
                        .filter(request -> request.command().equals("guest-exec")))
                .hasSize(1);
    }

    @Test
    void norIsWhatMayNotOnceItsAgentHasLetWaitForItself() {
        executions.close();
        AtomicBoolean mayStart = new AtomicBoolean(true);
        executions = engine(execution -> mayStart.get());
        guest.agent().on("guest-ping", (request, wire) -> {
            mayStart.set(false);
            wire.reply("{}");
        });
        StartOptions patient = TestExecutions.deliveredWithin(Duration.ofMinutes(5));
        Execution waiting = executions
                .submit(
                        FakeVm.ID,
                        new ExecutionRequest(TestExecutions.spec("x", "0123456789ab"), patient),
                        null,
                        Duration.ZERO,
                        Deadline.after(Duration.ofSeconds(30)))
                .execution();

        assertThat(ended(waiting).reason()).isEqualTo(Reason.VM_REASSIGNED);
        assertThat(guest.agent().requests().stream()
                        .filter(request -> request.command().equals("guest-exec")))
                .isEmpty();
    }

    @Test
    void aCommandIsStoredAtEachStep() {
        Execution running = start(7, "out");

        assertThat(running.state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(running.pid()).isEqualTo(7);
        assertThat(stored(running)).isEqualTo(running);
        assertThat(executions
                        .findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO)
                        .orElseThrow()
                        .execution())
                .isEqualTo(running);
        guest.end(7);
        Execution ended = ended(running);
        assertThat(ended.state()).isEqualTo(ExecutionState.EXITED);
        assertThat(ended.exit()).isEqualTo(new ExitStatus(0, null));
        assertThat(ended.output()).isEqualTo(new OutputSize(3, 0, false));
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("out"));
    }

    @Test
    void theEndOfAShortCommandIsStoredWithItsPid() {
        List<ExecutionState> stored = new CopyOnWriteArrayList<>();
        store.failOn(execution -> {
            stored.add(execution.state());
            return false;
        });
        guest.nextHasEnded(7, "out");
        Execution started = executions.start(FakeVm.ID, REQUEST, Deadline.after(Duration.ofSeconds(30)));

        assertThat(stored).containsExactly(ExecutionState.PENDING, ExecutionState.EXITED);
        assertThat(stored(started).pid()).isEqualTo(7);
        assertThat(output(7)).isEqualTo("out");
    }

    /** Its caller has the pid to wait for, and who follows it has all the time there is. */
    @Test
    void anAgentSilentAfterAStartDoesNotHoldUpThePid() {
        guest.agent().on("guest-exec-status", (request, wire) -> {});
        Execution running = start(7, "out");

        assertThat(stored(running)).isEqualTo(running);
        assertThat(executions
                        .findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO)
                        .orElseThrow()
                        .execution())
                .isEqualTo(running);
    }

    @Test
    void aShortCommandIsUnconfirmedUntilItCanBeStored() {
        store.failOn(execution -> execution.state() != ExecutionState.PENDING);
        guest.nextHasEnded(7, "out");

        assertThatThrownBy(() -> executions.start(FakeVm.ID, REQUEST, Deadline.after(Duration.ofMillis(300))))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.START_UNCONFIRMED));
        store.work();
        eventually()
                .until(() -> executions
                        .findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO)
                        .isPresent());
        assertThat(output(7)).isEqualTo("out");
    }

    @Test
    void whatCannotBeStoredIsNotStarted() {
        store.failOn(execution -> true);

        assertThatThrownBy(() -> start(7, "out"))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
        assertThat(guest.agent().requests()).isEmpty();
    }

    @Test
    void aNewServerStartsNothingThatWasRefusedAsTooLate() {
        assertThat(codeWhereItIsStoredTooLate(StartOptions.PLAIN)).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        Execution left = leftByAServerThatIsKilled();

        assertThat(ended(left).state()).isEqualTo(ExecutionState.LOST);
        assertThat(guest.agent().requests())
                .noneMatch(request -> request.command().equals("guest-exec"));
    }

    /** No guest has heard of it, so the next server takes it for one that waits for its agent. */
    @Test
    void whatMayYetBeStoredAndStartedIsNotToldAsRefused() {
        guest.nextHasEnded(7, "out");
        assertThat(codeWhereItIsStoredTooLate(TestExecutions.deliveredWithin(Duration.ofSeconds(60))))
                .isEqualTo(ErrorCode.START_UNCONFIRMED);
        Execution left = leftByAServerThatIsKilled();

        assertThat(ended(left).state()).isEqualTo(ExecutionState.EXITED);
    }

    @Test
    void whatIsStoredTooLateIsRejectedWhereItsServerLives() {
        codeWhereItIsStoredTooLate(TestExecutions.deliveredWithin(Duration.ofSeconds(60)));
        store.storeInserts();

        Execution rejected = ended(store.find(store.newestId().orElseThrow()).orElseThrow());
        assertThat(rejected.reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
    }

    private ErrorCode codeWhereItIsStoredTooLate(StartOptions options) {
        store.holdInserts();
        var request = new ExecutionRequest(REQUEST.spec(), options);
        return catchThrowableOfType(
                        BellhopException.class,
                        () -> executions.submit(
                                FakeVm.ID, request, null, Duration.ZERO, Deadline.after(Duration.ofMillis(50))))
                .code();
    }

    /** After it was stored, and before that it is rejected was. */
    private Execution leftByAServerThatIsKilled() {
        store.failOn(execution -> execution.state() == ExecutionState.REJECTED);
        store.storeInserts();
        executions.close();
        store.work();
        executions = engine();
        executions.recover();
        return store.find(store.newestId().orElseThrow()).orElseThrow();
    }

    @Test
    void whereItCannotBeStoredThatTheGuestIsAskedItIsNot() {
        Execution pending = TestExecutions.pending(1);
        store.insert(pending, StartOptions.PLAIN, null, null).join();
        store.failOn(execution -> execution.state() == ExecutionState.PENDING);
        executions.recover();

        Execution rejected = ended(pending);
        assertThat(rejected.state()).isEqualTo(ExecutionState.REJECTED);
        assertThat(rejected.reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
        assertThat(guest.agent().requests())
                .noneMatch(request -> request.command().equals("guest-exec"));
    }

    @Test
    void anAgentOfAFrozenGuestIsWaitedFor() {
        var frozen = new AtomicBoolean(true);
        guest.agent().on("guest-exec", (request, wire) -> {
            if (frozen.getAndSet(false)) {
                wire.error("CommandNotFound", "Command guest-exec has been disabled");
            } else {
                wire.reply("{\"pid\": 7}");
            }
        });
        guest.agent().on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
        StartOptions patient = TestExecutions.deliveredWithin(Duration.ofSeconds(60));

        Execution waiting = executions
                .submit(FakeVm.ID, new ExecutionRequest(REQUEST.spec(), patient), null, Duration.ZERO, soon())
                .execution();

        assertThat(ended(waiting).state()).isEqualTo(ExecutionState.EXITED);
    }

    /** It may be megabytes, for hundreds of commands, every two seconds. */
    @Test
    void startDataIsNotReadWhileTheAgentIsAway() {
        var read = new AtomicInteger();
        var pings = new AtomicInteger();
        store.beforeDelivery(id -> read.incrementAndGet());
        guest.agent().on("guest-ping", (request, wire) -> {
            pings.incrementAndGet();
            wire.hangUp();
        });
        guest.nextHasEnded(7, "out");
        StartOptions patient = TestExecutions.deliveredWithin(Duration.ofSeconds(60));
        Execution waiting = executions
                .submit(FakeVm.ID, new ExecutionRequest(REQUEST.spec(), patient), null, Duration.ZERO, soon())
                .execution();

        eventually().until(() -> pings.get() >= 3);
        assertThat(read).hasValue(0);
        guest.agent().on("guest-ping", (request, wire) -> wire.reply("{}"));
        assertThat(ended(waiting).state()).isEqualTo(ExecutionState.EXITED);
        assertThat(read).hasValue(1);
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30));
    }

    /** Whoever is told that nothing was started starts it again. */
    @Test
    void aStartThatCannotBeStoredIsNotReportedAsNoStart() {
        store.failOn(execution -> execution.state() == ExecutionState.RUNNING);

        assertThatThrownBy(() -> start(7, "out"))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.START_UNCONFIRMED))
                .hasMessageStartingWith("Cannot tell ");
        guest.end(7);
        // It is followed all the same, and its end says all there is to know.
        eventually()
                .until(() -> store.findNewest(FakeVm.ID, 7, TenantFilter.all()).isPresent());
        assertThat(store.findNewest(FakeVm.ID, 7, TenantFilter.all())
                        .orElseThrow()
                        .state())
                .isEqualTo(ExecutionState.EXITED);
    }

    /** As where the disk is full when the pid is written, and has room again right after that. */
    @Test
    void aPidThatCouldNotBeStoredIsNotStoredOverTheEnd() {
        store.holdAndFail(execution -> execution.state() == ExecutionState.RUNNING);
        runWhileThePidIsWritten("out");

        assertThat(store.updates())
                .extracting(Execution::state)
                .containsExactly(ExecutionState.RUNNING, ExecutionState.EXITED);
    }

    @Test
    void aPidThatCouldNotBeStoredIsNotStoredOverOutput() {
        store.holdAndFail(execution -> execution.output().total() == 0);
        runWhileThePidIsWritten("0123456789".repeat(20_000));

        assertThat(store.updates())
                .extracting(execution -> execution.output().total())
                .isSorted();
    }

    private void runWhileThePidIsWritten(String output) {
        guest.nextIs(7, output);
        CompletableFuture<Void> told = CompletableFuture.runAsync(
                () -> executions.submit(FakeVm.ID, REQUEST, null, Duration.ofSeconds(30), soon()));
        eventually().until(() -> !store.updates().isEmpty());
        guest.end(7);
        assertThat(told)
                .failsWithin(Duration.ofSeconds(30))
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(BellhopException.class);
    }

    @Test
    void aPossibleStartThatCannotBeStoredStaysUnconfirmed() {
        guest.agent().on("guest-exec", (request, wire) -> wire.hangUp());
        store.failOn(execution -> execution.state() == ExecutionState.LOST);

        assertThatThrownBy(() -> start(7, "out"))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.START_UNCONFIRMED));
    }

    /** The agent has forgotten it by then, so this process holds the only copy. */
    @Test
    void aResultIsHeldUntilTheStoreTakesIt() {
        Execution running = start(7, "precious");
        store.failOn(execution -> execution.state() == ExecutionState.EXITED);
        guest.end(7);
        eventually().until(() -> store.failures() >= 3);
        assertThat(stored(running).state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(executions
                        .findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO)
                        .orElseThrow()
                        .execution()
                        .state())
                .as("nobody is told what is not durable")
                .isEqualTo(ExecutionState.RUNNING);

        store.work();
        ended(running);
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("precious"));
    }

    @Test
    void aLargeResultIsHeldUntilTheStoreTakesAllOfIt() {
        String large = "0123456789".repeat(20_000);
        Execution running = start(7, large);
        store.failOn(execution -> true);
        guest.end(7);
        eventually().until(() -> store.failures() >= 2);
        store.work();

        Execution ended = ended(running);
        assertThat(ended.output().stdoutBytes()).isEqualTo(200_000);
        assertThat(new String(
                        executions.output(running.id(), OutputStreamName.STDOUT, 0, 300_000), StandardCharsets.UTF_8))
                .isEqualTo(large);
        eventually()
                .untilAsserted(() -> assertThat(executions
                                .findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO)
                                .orElseThrow())
                        .extracting(ExecutionSnapshot::stdout)
                        .as("too large to be held in memory")
                        .isNull());
    }

    @Test
    void aPidThatIsGivenAgainMeansTheNewestCommand() {
        Execution first = start(7, "first");
        guest.end(7);
        ended(first);
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("first"));
        Execution second = start(7, "second");
        assertThat(executions
                        .findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO)
                        .orElseThrow()
                        .execution())
                .isEqualTo(second);
        guest.end(7);
        ended(second);
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("second"));
        assertThat(new String(executions.output(first.id(), OutputStreamName.STDOUT, 0, 100), StandardCharsets.UTF_8))
                .isEqualTo("first");
    }

    @Test
    void aCommandWhosePidWasGivenAwayIsLost() {
        Execution first = start(7, "first");
        guest.forget();
        Execution second = start(7, "second");

        Execution lost = ended(first);
        assertThat(lost.state()).isEqualTo(ExecutionState.LOST);
        assertThat(lost.reason()).isIn(Reason.PID_REUSED, Reason.AGENT_FORGOT);
        assertThat(executions
                        .findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO)
                        .orElseThrow()
                        .execution()
                        .id())
                .as("the loss of the old one does not hide the new one")
                .isEqualTo(second.id());
        guest.end(7);
        assertThat(ended(second).state()).isEqualTo(ExecutionState.EXITED);
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("second"));
    }

    @Test
    void aRestartedServerFollowsWhatRunsAndAdmitsWhatIsLost() {
        Execution running = start(7, "out");
        Execution pending = TestExecutions.pending(1);
        store.insert(pending, StartOptions.PLAIN, new StartIntent(ExecutionMode.DIRECT, TestExecutions.CREATED), null)
                .join();
        executions.close();
        guest.end(7);

        executions = engine();
        executions.recover();
        Execution lost = ended(pending);
        assertThat(lost.state()).isEqualTo(ExecutionState.LOST);
        assertThat(lost.reason()).isEqualTo(Reason.SERVER_STOPPED);
        assertThat(ended(running).state()).isEqualTo(ExecutionState.EXITED);
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("out"));
        assertThat(guest.agent().requests().stream().filter(r -> r.command().equals("guest-exec")))
                .as("nothing is run again to find out")
                .hasSize(1);
    }

    @Test
    void afterARestartAReusedPidGivesItsResultToTheNewerOne() {
        Execution older = left(TestExecutions.pending(1), 7L);
        Execution between = TestExecutions.pending(1);
        store.insert(between, StartOptions.PLAIN, new StartIntent(ExecutionMode.DIRECT, TestExecutions.CREATED), null)
                .join();
        Execution newer = left(TestExecutions.pending(1), 7L);
        guest.hasEnded(7, "newer");
        // There is all the time in the world for the older one to be followed before the newer one is taken up.
        store.beforeDelivery(id -> ended(older));
        executions.recover();

        assertThat(ended(older).reason()).isEqualTo(Reason.PID_REUSED);
        assertThat(ended(newer).state()).isEqualTo(ExecutionState.EXITED);
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("newer"));
    }

    private Execution left(Execution pending, long pid) {
        store.insert(pending, StartOptions.PLAIN, null, null).join();
        Execution running = TestExecutions.started(pending, pid);
        store.update(running, List.of()).join();
        return running;
    }

    @Test
    void aServerThatReturnsToAnAgentThatForgotSaysSo() {
        Execution running = start(7, "out");
        executions.close();
        guest.forget();

        executions = engine();
        executions.recover();
        Execution lost = ended(running);
        assertThat(lost.state()).isEqualTo(ExecutionState.LOST);
        assertThat(lost.reason()).isEqualTo(Reason.AGENT_FORGOT);
    }

    @Test
    void storedOutputOfALostCommandIsKeptAfterARestart() {
        Execution running = start(7, "out");
        executions.close();
        byte[] half = "half".getBytes(StandardCharsets.UTF_8);
        store.update(running, List.of(new OutputChunk(OutputStreamName.STDOUT, 0, half)))
                .join();
        guest.forget();

        executions = engine();
        executions.recover();
        assertThat(ended(running).output()).isEqualTo(new OutputSize(4, 0, true));
        assertThat(executions.output(running.id(), OutputStreamName.STDOUT, 0, 9))
                .isEqualTo(half);
    }

    @Test
    void closingEndsTheFollowingAndNotTheCommand() {
        Execution running = start(7, "out");
        executions.close();

        assertThat(stored(running)).isEqualTo(running);
    }

    @Test
    void whatIsDeletedIsNoLongerFound() {
        Execution running = start(7, "out");
        guest.end(7);
        ended(running);
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("out"));

        assertThat(executions.retention().deleteFinishedBefore(Instant.now().plusSeconds(60)))
                .isEqualTo(1);
        assertThat(executions.findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO))
                .isEmpty();
    }

    @Test
    void deletingGoesOnUntilNothingOldIsLeft() {
        for (int i = 0; i < 95; i++) {
            Execution pending = TestExecutions.pending(1);
            store.insert(pending, StartOptions.PLAIN, null, null).join();
            store.update(TestExecutions.exitedAt(pending, TestExecutions.FINISHED), List.of())
                    .join();
        }
        assertThat(executions.retention().deleteFinishedBefore(TestExecutions.FINISHED))
                .isZero();
        assertThat(executions.retention().deleteFinishedBefore(TestExecutions.FINISHED.plusMillis(1)))
                .isEqualTo(95);
    }

    @Test
    void startsAndEndsAreCounted() {
        Execution running = start(7, "out");
        assertThat(registry.scrape()).contains("bellhop_executions_running 1.0");
        guest.end(7);
        ended(running);
        eventually()
                .untilAsserted(() -> assertThat(registry.scrape())
                        .contains("bellhop_executions_started_total 1.0")
                        .contains("bellhop_executions_ended_total{state=\"exited\"} 1.0")
                        .contains("bellhop_executions_running 0.0")
                        .contains("bellhop_executions_duration_seconds_count 1"));
    }
}
