// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.BOOT;
import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.base64;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.follow.GuestProcessFactory;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.server.execution.guest.Guests;
import dev.bellhop.server.execution.guest.StartOptionsLoader;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A start that may have arrived, in a guest that tells no more than a test wants, at a time that is what it wants. */
@Timeout(60)
class UnsettledStartTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration MONTH = Duration.ofDays(31);
    /** Longer than ago it was asked for. */
    private static final Duration YEARS = Duration.ofDays(36_500);

    private static final FakeAgent.Answer NO = (request, wire) -> wire.error("GenericError", "Too many open files");
    private static final FakeAgent.Answer NONSENSE = (request, wire) -> wire.reply("\"what\"");
    private static final StartOutcome LOST = new StartOutcome.NotStarted(ExecutionState.LOST, Reason.SERVER_STOPPED);
    private static final StartOutcome NOT_DELIVERED =
            new StartOutcome.NotStarted(ExecutionState.REJECTED, Reason.NOT_DELIVERED);
    private static final StartOutcome REASSIGNED =
            new StartOutcome.NotStarted(ExecutionState.REJECTED, Reason.VM_REASSIGNED);

    @TempDir
    private Path folder;

    private final AtomicLong now = new AtomicLong();
    private final Deque<FakeAgent.Answer> answers = new ArrayDeque<>();
    private final Execution pending = TestExecutions.pending(FakeVm.ID.value());
    private final AgentHealth health = new AgentHealth(Clock.systemUTC());
    private UUID askedBoot = UUID.fromString(BOOT);
    private StartOptions options = StartOptions.PLAIN;
    private volatile boolean mayStart = true;
    private FakeAgent agent;
    private FakeVm vm;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        vm = new FakeVm(agent.socket());
        // The last one is what it says from then on.
        agent.on("guest-exec", (request, wire) -> {
            FakeAgent.Answer next = answers.size() > 1 ? answers.remove() : answers.element();
            next.answer(request, wire);
        });
    }

    @AfterEach
    void stop() {
        vm.close();
        agent.close();
    }

    /** An inspection prints these words. */
    private FakeAgent.Answer told(String words) {
        return (request, wire) -> {
            agent.on(
                    "guest-exec-status",
                    (status, reply) -> reply.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \""
                            + base64("bellhop " + pending.id() + " inspect " + words + "\n") + "\"}"));
            wire.reply("{\"pid\": 5}");
        };
    }

    private FakeAgent.Answer unfinished() {
        return told("unfinished - - " + BOOT + " none - none no - -");
    }

    private FakeAgent.Answer madeVoid() {
        return told("void - - " + BOOT + " none - none no - -");
    }

    /** It has no claim, and where one is to be made in the command's place, makes that. */
    private FakeAgent.Answer nobody() {
        return (request, wire) -> {
            String claim = request.arguments().contains("_void=1") ? "void" : "none";
            told(claim + " - - " + BOOT + " none - none no - -").answer(request, wire);
        };
    }

    private static FakeAgent.Answer then(Runnable step, FakeAgent.Answer answer) {
        return (request, wire) -> {
            step.run();
            answer.answer(request, wire);
        };
    }

    /** It cannot be reached, and its VM is in this state. */
    private FakeAgent.Answer away(PowerState power) {
        return (request, wire) -> {
            vm.power(power);
            wire.hangUp();
        };
    }

    private FakeAgent.Answer after(Duration time, FakeAgent.Answer answer) {
        return (request, wire) -> {
            now.addAndGet(time.toNanos());
            answer.answer(request, wire);
        };
    }

    /** What a server makes of it that an earlier one has left with it. */
    private StartOutcome outcome(FakeAgent.Answer... inTurn) throws InterruptedException {
        answers.addAll(List.of(inTurn));
        var clock = Clock.systemUTC();
        var store = new MemoryStore();
        var shutdown = new Shutdown();
        var limit = new FairLimit(1 << 20);
        var settings = GuestSettings.defaults();
        var guests = new Guests(
                new VmDirectory(List.of(vm)),
                OpenStreams.NONE,
                settings,
                store,
                new ExecutionIds(clock),
                shutdown::hasBegun);
        var services = new StartServices(
                store,
                guests,
                new GuestProcessFactory(guests, settings, store.quota(), clock),
                health,
                StartCheck.owner(execution -> mayStart),
                shutdown,
                clock,
                now::get);
        var asked = new StartIntent(ExecutionMode.SUPERVISED, clock.instant(), null, askedBoot);
        store.insert(pending, options, asked, null).join();
        var start = new PendingStart(
                new StartOptionsLoader(pending, options, null, store, limit),
                asked,
                true,
                Deadline.after(StartSettler.ATTEMPT_TIMEOUT));
        var live = new LiveExecution(pending, 1, false, true, clock);
        try (ReplyBudget.Share share = ReplyBudget.shared().newShare()) {
            return new StartRetrier(live, start, Deadline.after(options.deliveryTimeout()), start.deadline(), services)
                    .start(share);
        }
    }

    @Test
    void aGuestThatTellsNothingForAnHourNeverWill() throws Exception {
        assertThat(outcome(NO, after(HOUR, unfinished()), after(Duration.ofSeconds(1), NO)))
                .isEqualTo(LOST);
    }

    @Test
    void norWillOneThatTellsNonsense() throws Exception {
        assertThat(outcome(NONSENSE, after(HOUR, NONSENSE))).isEqualTo(LOST);
    }

    @Test
    void theHourIsOneInWhichItAnswers() throws Exception {
        assertThat(outcome(NO, after(HOUR.multipliedBy(2), away(PowerState.RUNNING)), NO, madeVoid()))
                .isEqualTo(NOT_DELIVERED);
    }

    @Test
    void theDaysThatItsVmIsOffAreThoseSinceItAnsweredLast() throws Exception {
        assertThat(outcome(away(PowerState.STOPPED), unfinished(), after(MONTH, away(PowerState.STOPPED)), madeVoid()))
                .isEqualTo(NOT_DELIVERED);
        answers.clear();
        assertThat(outcome(away(PowerState.STOPPED), NO, after(MONTH, away(PowerState.STOPPED)), madeVoid()))
                .isEqualTo(NOT_DELIVERED);
    }

    @Test
    void oneThatIsOffForAMonthOnEndIsGivenUp() throws Exception {
        assertThat(outcome(away(PowerState.STOPPED), after(MONTH, away(PowerState.STOPPED))))
                .isEqualTo(LOST);
    }

    /** It is still on its way, and would run in what is another's VM by now. */
    @Test
    void aLateStartInAVmThatWasGivenAwayFindsAClaim() throws Exception {
        options = TestExecutions.deliveredWithin(YEARS);
        mayStart = false;

        assertThat(outcome(nobody())).isEqualTo(REASSIGNED);
        assertThat(claims()).containsExactly(true);
    }

    @Test
    void norDoesOneTheGuestDeniedBeforeItsVmWasGivenAway() throws Exception {
        options = TestExecutions.deliveredWithin(YEARS);

        assertThat(outcome(then(() -> mayStart = false, nobody()))).isEqualTo(REASSIGNED);
        assertThat(claims()).containsExactly(false, true);
    }

    /** In another the first may have run without a trace; and an agent alone would run it a second time. */
    @Test
    void onlySupervisedStartsAreSentAgainAndToTheSameBoot() throws Exception {
        isSentOnceMoreToThisBoot();
    }

    private void isSentOnceMoreToThisBoot() throws Exception {
        options = TestExecutions.deliveredWithin(YEARS);

        assertThat(outcome(nobody(), NO, madeVoid())).isEqualTo(NOT_DELIVERED);
        assertThat(agent.requests().stream()
                        .filter(request -> request.command().equals("guest-exec"))
                        .map(request -> request.arguments().contains("\\\"$_k\\\" = " + BOOT + " ]"))
                        .toList())
                .containsExactly(false, true, false);
    }

    /** The server last heard of the boot before, and the guest says that it has been in this one since before it was asked. */
    @Test
    void itIsSentAgainToTheBootThatSaidItHadNone() throws Exception {
        askedBoot = UUID.fromString("00000000-0000-4000-8000-000000000000");
        isSentOnceMoreToThisBoot();
    }

    /** Whether each inspection was to make a claim. */
    private List<Boolean> claims() {
        return agent.requests().stream()
                .filter(request -> request.command().equals("guest-exec"))
                .map(request -> request.arguments().contains("_void=1"))
                .toList();
    }

    /** It has been off for so long that it is looked at once a minute. */
    @Test
    void aVmWhoseAgentComesIsAskedAtOnce() throws Exception {
        agent.close();
        var looks = new CountDownLatch(2);
        vm.power(() -> {
            now.addAndGet(HOUR.toNanos());
            looks.countDown();
            return PowerState.STOPPED;
        });
        var outcome = new CompletableFuture<StartOutcome>();
        Thread.ofVirtual().start(() -> {
            try {
                outcome.complete(outcome());
            } catch (Exception e) {
                outcome.completeExceptionally(e);
            }
        });
        looks.await();
        try (FakeAgent another = FakeAgent.start(folder.resolve("a.sock"))) {
            agent = another;
            agent.on("guest-exec", madeVoid());
            health.runsCommands(vm);
            assertThat(outcome.get(30, TimeUnit.SECONDS)).isEqualTo(NOT_DELIVERED);
        }
    }
}
