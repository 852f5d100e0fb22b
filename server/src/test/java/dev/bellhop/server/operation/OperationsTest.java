// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.bellhop.server.app.SettableClock;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.hypervisor.VmPower.Switch;
import dev.bellhop.server.hypervisor.VmPowerException;
import dev.bellhop.server.operation.OperationStep.Kind;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.testkit.FakeAgent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operation does to its VM, what it says of it, and what the next server makes of one that was left. */
@Timeout(60)
class OperationsTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final OperationSettings SETTINGS =
            new OperationSettings(LONG, Duration.ofSeconds(5), Duration.ofSeconds(10), SHORT, Duration.ofSeconds(5));

    @TempDir
    private Path folder;

    private final MemoryOperationStore store = new MemoryOperationStore();
    private final Clock clock = Clock.systemUTC();
    private SwitchedVm vm;
    private Operations operations;
    private volatile boolean mayGoOn = true;

    @BeforeEach
    void start() {
        vm = new SwitchedVm(folder, clock);
        operations = server();
    }

    @AfterEach
    void stop() {
        operations.close();
        vm.close();
    }

    private Operations server() {
        return server(clock);
    }

    private Operations server(Clock jobClock) {
        return new Operations(
                store, new VmDirectory(List.of(vm)), new AgentHealth(clock), SETTINGS, jobClock, operation -> mayGoOn);
    }

    private static OperationRequest request(OperationAction action, boolean force, Duration grace) {
        return request(action, force, grace, Tenant.operator(), null);
    }

    private static OperationRequest request(
            OperationAction action, boolean force, Duration grace, Tenant tenant, @Nullable String name) {
        return new OperationRequest(action, force, grace, "0123456789ab", tenant, name);
    }

    private Operation begun(OperationAction action, boolean force, Duration grace) {
        return operations.start(vm, request(action, force, grace)).operation();
    }

    private Operation ended(Operation operation) {
        Awaitility.await()
                .until(() -> operations
                        .find(operation.id(), LONG)
                        .orElseThrow()
                        .state()
                        .isFinal());
        return operations.find(operation.id(), Duration.ZERO).orElseThrow();
    }

    private Operation done(OperationAction action) {
        return done(action, false, LONG);
    }

    private Operation done(OperationAction action, boolean force, Duration grace) {
        return ended(begun(action, force, grace));
    }

    private static void assertCompleted(Operation operation, Kind... steps) {
        assertThat(operation.failure()).isNull();
        assertThat(operation.state()).isEqualTo(OperationState.COMPLETED);
        assertThat(operation.progress()).isEqualTo(100);
        assertThat(operation.steps()).extracting(OperationStep::kind).containsExactly(steps);
        assertThat(operation.finishedAt()).isNotNull();
    }

    private static void assertFailed(Operation operation, String why) {
        assertThat(operation.state()).isEqualTo(OperationState.FAILED);
        assertThat(operation.failure())
                .startsWith("Cannot ")
                .contains(" VM 1 because ")
                .contains(why);
        assertThat(operation.progress()).isLessThan(100);
    }

    @Test
    void whatIsUnderWayTellsHowOldItIs() throws Exception {
        operations.close();
        SettableClock set = new SettableClock(clock.instant());
        operations = server(set);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        operations.bindTo(registry);
        assertThat(registry.get("bellhop.operations.oldest.age").gauge().value())
                .isZero();

        vm.state(PowerState.STOPPED);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        vm.whenStart = () -> {
            begun.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            vm.state(PowerState.RUNNING);
        };
        Operation operation = begun(OperationAction.START, false, LONG);
        begun.await();
        set.advance(Duration.ofMinutes(2));
        assertThat(registry.get("bellhop.operations.running").gauge().value()).isEqualTo(1);
        assertThat(registry.get("bellhop.operations.oldest.age").gauge().value())
                .isEqualTo(120, within(0.001));

        goOn.countDown();
        assertCompleted(ended(operation), Kind.STARTING);
        Awaitility.await()
                .untilAsserted(() -> assertThat(registry.get("bellhop.operations.running")
                                .gauge()
                                .value())
                        .isZero());
        assertThat(registry.get("bellhop.operations.ended")
                        .tag("state", "completed")
                        .functionCounter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void aVmThatRunsNeedsNoStart() {
        assertCompleted(done(OperationAction.START));
        assertThat(vm.pressed()).isEmpty();
    }

    @Test
    void aVmThatIsOffIsStarted() {
        vm.state(PowerState.STOPPED);
        assertCompleted(done(OperationAction.START), Kind.STARTING);
        assertThat(vm.pressed()).containsExactly("start");
    }

    @Test
    void aStartThatDoesNotMakeItRunFails() {
        vm.state(PowerState.STOPPED);
        vm.whenStart = () -> {};
        assertFailed(done(OperationAction.START), "it does not run");
    }

    @Test
    void aStartThatIsRefusedSaysWhy() {
        vm.state(PowerState.STOPPED);
        vm.trouble(Switch.START, new VmPowerException(VmPowerException.Kind.REFUSED, "no memory"));
        assertFailed(done(OperationAction.START), "no memory");
    }

    /** Or it would be taken for one that was off in between, and the shutdown for done. */
    @ParameterizedTest
    @ValueSource(ints = {2, -2})
    void aVmIsNotYoungerForAClockThatIsSet(int hours) {
        operations.close();
        SettableClock set = new SettableClock(clock.instant());
        operations = server(set);
        vm.runsSince(clock.instant().minusSeconds(60));
        vm.whenButton = () -> set.advance(Duration.ofHours(hours));

        Operation operation = done(OperationAction.SHUTDOWN, false, SHORT);

        assertThat(vm.pressed()).contains("button");
        assertThat(operation.state()).isEqualTo(OperationState.FAILED);
        assertThat(operation.steps())
                .isNotEmpty()
                .allSatisfy(step -> assertThat(step.at()).isBetween(operation.createdAt(), operation.finishedAt()));
    }

    @Test
    void aPausedVmIsNotStarted() {
        vm.state(PowerState.PAUSED);
        assertFailed(done(OperationAction.START), "it is paused");
        assertThat(vm.pressed()).isEmpty();
    }

    @Test
    void aVmOfWhichNobodyKnowsWhatItIsDoingIsNotTouched() {
        vm.state(PowerState.UNKNOWN);
        for (OperationAction action : OperationAction.values()) {
            BellhopException refused = catchThrowableOfType(BellhopException.class, () -> begun(action, false, LONG));
            assertThat(refused.code()).isEqualTo(ErrorCode.VM_STATE_UNKNOWN);
            assertThat(refused).hasMessageContaining("does not say what it is doing");
        }
        assertThat(vm.pressed()).isEmpty();
        assertThat(store.unfinished()).isEmpty();
    }

    @Test
    void aHypervisorThatSaysNothingAnyMoreEndsIt() {
        vm.whenAsked = () -> vm.state(PowerState.UNKNOWN);
        assertFailed(done(OperationAction.SHUTDOWN, true, SHORT), "does not say what it is doing");
        assertThat(vm.pressed()).containsExactly("agent");
    }

    @Test
    void aGuestThatObeysItsAgentIsAskedAndNoMore() {
        vm.whenAsked = () -> vm.state(PowerState.STOPPED);
        assertCompleted(done(OperationAction.SHUTDOWN), Kind.ASKING_AGENT);
        assertThat(vm.pressed()).containsExactly("agent");
    }

    @Test
    void whereTheAgentIsNotThereTheButtonIsPressedAtOnce() {
        vm.fakeAgent().close();
        vm.whenButton = () -> vm.state(PowerState.STOPPED);
        assertCompleted(done(OperationAction.SHUTDOWN), Kind.ASKING_AGENT, Kind.PRESSING_BUTTON);
        assertThat(vm.pressed()).containsExactly("button");
    }

    @Test
    void aGuestThatDoesNotCareIsPressedToo() {
        vm.whenButton = () -> vm.state(PowerState.STOPPED);
        assertCompleted(
                done(OperationAction.SHUTDOWN, false, Duration.ofSeconds(4)), Kind.ASKING_AGENT, Kind.PRESSING_BUTTON);
        assertThat(vm.pressed()).containsExactly("agent", "button");
    }

    @Test
    void withoutForceAGuestThatDoesNotCareRunsOn() {
        assertFailed(
                done(OperationAction.SHUTDOWN, false, Duration.ofSeconds(3)),
                "it still runs: its guest agent was asked");
        assertThat(vm.pressed()).containsExactly("agent", "button");
    }

    @Test
    void withForceItsPlugIsPulled() {
        assertCompleted(
                done(OperationAction.SHUTDOWN, true, Duration.ofSeconds(3)),
                Kind.ASKING_AGENT,
                Kind.PRESSING_BUTTON,
                Kind.PULLING_PLUG);
        assertThat(vm.pressed()).containsExactly("agent", "button", "stop");
    }

    @Test
    void whyTheAgentCouldNotBeAskedIsTold() {
        vm.fakeAgent().on("guest-shutdown", (request, wire) -> wire.error("GenericError", "child process failed"));
        assertFailed(
                done(OperationAction.SHUTDOWN, false, Duration.ofSeconds(3)),
                "could not be asked, as the guest agent refused: child process failed");
    }

    @Test
    void whatIsOffNeedsNoShutdown() {
        vm.state(PowerState.STOPPED);
        assertCompleted(done(OperationAction.SHUTDOWN));
        assertCompleted(done(OperationAction.STOP));
        assertThat(vm.pressed()).isEmpty();
    }

    @Test
    void aPausedGuestCanOnlyBeForced() {
        vm.state(PowerState.PAUSED);
        assertFailed(done(OperationAction.SHUTDOWN), "it is paused");
        assertCompleted(
                done(OperationAction.SHUTDOWN, true, Duration.ZERO),
                Kind.ASKING_AGENT,
                Kind.PRESSING_BUTTON,
                Kind.PULLING_PLUG);
    }

    @Test
    void stopPullsThePlug() {
        assertCompleted(done(OperationAction.STOP), Kind.PULLING_PLUG);
        assertThat(vm.pressed()).containsExactly("stop");
    }

    @Test
    void aPlugThatMayHaveBeenPulledIsLookedAt() {
        VmPowerException silent = new VmPowerException(VmPowerException.Kind.UNREACHABLE, "no answer");
        vm.trouble(Switch.STOP, silent);
        assertFailed(done(OperationAction.STOP), "it still runs");
    }

    @Test
    void aRestartIsAShutdownAndAStart() {
        vm.whenAsked = () -> vm.state(PowerState.STOPPED);
        assertCompleted(done(OperationAction.RESTART), Kind.ASKING_AGENT, Kind.OFF, Kind.STARTING);
        assertThat(vm.pressed()).containsExactly("agent", "start");
    }

    @Test
    void aResetIsAButtonAndNothingForWhatIsOff() {
        assertCompleted(done(OperationAction.RESET), Kind.RESETTING);
        vm.state(PowerState.STOPPED);
        assertFailed(done(OperationAction.RESET), "it is off");
        assertThat(vm.pressed()).containsExactly("reset");
    }

    /** What the agent reads of its kernel. */
    private void boots(Supplier<String> id) {
        vm.fakeAgent().on("guest-file-open", (request, wire) -> wire.reply("1"));
        vm.fakeAgent().on("guest-file-read", (request, wire) -> {
            String base64 = Base64.getEncoder().encodeToString(id.get().getBytes(StandardCharsets.US_ASCII));
            wire.reply("{\"count\": " + id.get().length() + ", \"buf-b64\": \"" + base64 + "\", \"eof\": true}");
        });
        vm.fakeAgent().on("guest-file-close", (request, wire) -> wire.reply("{}"));
    }

    @Test
    void aRebootIsDoneOnceTheGuestHasAnotherBoot() {
        AtomicReference<String> boot = new AtomicReference<>("one");
        AtomicInteger looks = new AtomicInteger();
        vm.whenAsked = () -> boot.set("asked");
        boots(() -> boot.get().equals("asked") && looks.incrementAndGet() > 4 ? "two" : "one");

        assertCompleted(done(OperationAction.REBOOT), Kind.ASKING_AGENT);

        assertThat(vm.pressed()).containsExactly("agent");
        assertThat(looks).hasValueGreaterThan(4);
        assertThat(vm.fakeAgent().requests())
                .filteredOn(request -> request.command().equals("guest-shutdown"))
                .extracting(FakeAgent.Request::arguments)
                .containsExactly("{\"mode\":\"reboot\"}");
    }

    @Test
    void aGuestThatDoesNotStartAgainIsResetByForceAlone() {
        boots(() -> "one");

        assertFailed(done(OperationAction.REBOOT, false, Duration.ofMillis(100)), "has not started again");
        assertThat(vm.pressed()).containsExactly("agent");
        assertCompleted(done(OperationAction.REBOOT, true, Duration.ofMillis(100)), Kind.ASKING_AGENT, Kind.RESETTING);
        assertThat(vm.pressed()).containsExactly("agent", "agent", "reset");
    }

    @Test
    void aRebootIsOfAGuestThatRuns() {
        vm.state(PowerState.STOPPED);
        assertFailed(done(OperationAction.REBOOT), "it is off");
        vm.state(PowerState.PAUSED);
        assertFailed(done(OperationAction.REBOOT), "it is paused");
        vm.state(PowerState.RUNNING);
        vm.whenAsked = () -> vm.state(PowerState.STOPPED);
        assertFailed(done(OperationAction.REBOOT), "switched itself off");
        assertThat(vm.pressed()).containsExactly("agent");
    }

    @Test
    void whatHasNoSwitchIsNotBegun() {
        vm.lacks(Switch.START, "nothing starts it");
        for (OperationAction action : List.of(OperationAction.START, OperationAction.RESTART)) {
            BellhopException refused = catchThrowableOfType(BellhopException.class, () -> begun(action, false, LONG));
            assertThat(refused.code()).isEqualTo(ErrorCode.NOT_SUPPORTED);
            assertThat(refused).hasMessageContaining("nothing starts it");
        }
        assertThat(store.list(new OperationFilter(TenantFilter.all(), Set.of(SwitchedVm.ID), null), null, 10)
                        .operations())
                .isEmpty();
        assertCompleted(done(OperationAction.STOP), Kind.PULLING_PLUG);
    }

    @Test
    void oneJobAVmAtATime() {
        Operation first = begun(OperationAction.SHUTDOWN, false, LONG);

        assertThat(operations.start(vm, request(OperationAction.SHUTDOWN, false, LONG)))
                .satisfies(again -> assertThat(again.replayed()).isTrue())
                .satisfies(again -> assertThat(again.operation().id()).isEqualTo(first.id()));
        for (OperationRequest other : List.of(
                request(OperationAction.START, false, LONG),
                request(OperationAction.STOP, false, LONG),
                request(OperationAction.SHUTDOWN, true, LONG),
                request(OperationAction.SHUTDOWN, false, LONG, account("someone"), null))) {
            BellhopException refused = catchThrowableOfType(BellhopException.class, () -> operations.start(vm, other));
            assertThat(refused.code()).isEqualTo(ErrorCode.OPERATION_UNDER_WAY);
        }
        vm.state(PowerState.STOPPED);
        ended(first);
        assertCompleted(done(OperationAction.START), Kind.STARTING);
    }

    /** A repetition under this name would be refused, because the other operation has other options. */
    @Test
    void optionsWithoutEffectMakeAnotherRequestOnlyUnderAName() {
        vm.state(PowerState.STOPPED);
        vm.whenStart = () -> {};
        Operation first = begun(OperationAction.START, false, Duration.ZERO);

        assertThat(operations.start(vm, request(OperationAction.START, true, LONG)))
                .satisfies(again -> assertThat(again.replayed()).isTrue())
                .satisfies(again -> assertThat(again.operation().id()).isEqualTo(first.id()));
        OperationRequest named = request(OperationAction.START, true, LONG, Tenant.operator(), "once");
        assertThat(catchThrowableOfType(BellhopException.class, () -> operations.start(vm, named))
                        .code())
                .isEqualTo(ErrorCode.OPERATION_UNDER_WAY);
        vm.state(PowerState.RUNNING);
        ended(first);
    }

    @Test
    void theSameNameIsTheSameJob() {
        OperationRequest stop = request(OperationAction.STOP, false, LONG, Tenant.operator(), "once");
        Operation first = ended(operations.start(vm, stop).operation());
        vm.state(PowerState.RUNNING);

        assertThat(operations.start(vm, stop).operation().id()).isEqualTo(first.id());
        assertThat(vm.pressed()).containsExactly("stop");
        assertThat(catchThrowableOfType(
                                BellhopException.class,
                                () -> operations.start(
                                        vm, request(OperationAction.START, false, LONG, Tenant.operator(), "once")))
                        .code())
                .isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED);
    }

    /** Whoever got an operation that another had begun, and asks again since the answer was lost, gets it again. */
    @Test
    void eachNameThatGotAJobIsItsName() {
        vm.whenAsked = () -> {};
        Operation operation = begun(OperationAction.RESTART, false, LONG);
        OperationRequest same = request(OperationAction.RESTART, false, LONG, Tenant.operator(), "mine");
        assertThat(operations.start(vm, same).operation().id()).isEqualTo(operation.id());
        vm.state(PowerState.STOPPED);
        vm.whenStart = () -> vm.state(PowerState.RUNNING);
        ended(operation);

        Operations.Started again = operations.start(vm, same);
        assertThat(again.operation().id()).isEqualTo(operation.id());
        assertThat(again.replayed()).isTrue();
        assertThat(vm.pressed()).containsOnlyOnce("start");
    }

    @Test
    void twoOfOneNameAreOneJobHoweverSoonTheFirstEnds() {
        OperationRequest stop = request(OperationAction.STOP, false, LONG, Tenant.operator(), "once");
        store.afterNamed.set(() -> ended(operations.start(vm, stop).operation()));
        vm.whenStop = () -> vm.state(PowerState.STOPPED);

        assertThat(operations.start(vm, stop).replayed()).isTrue();
        assertThat(vm.pressed()).containsExactly("stop");
    }

    @Test
    void whatIsNotStoredIsNotDone() {
        store.fails = true;
        assertThat(catchThrowableOfType(BellhopException.class, () -> begun(OperationAction.STOP, false, LONG))
                        .code())
                .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        store.fails = false;
        assertThat(vm.pressed()).isEmpty();
        assertCompleted(done(OperationAction.STOP), Kind.PULLING_PLUG);
    }

    @Test
    void aStepThatIsNotStoredIsNotTaken() {
        CountDownLatch asked = new CountDownLatch(1);
        vm.whenAsked = asked::countDown;
        Operation operation = begun(OperationAction.SHUTDOWN, true, Duration.ofSeconds(3));
        Awaitility.await().until(() -> asked.getCount() == 0);
        store.fails = true;
        Awaitility.await().until(() -> store.failures.get() > 0);
        store.fails = false;

        assertFailed(ended(operation), "could not be stored");
        assertThat(vm.pressed()).containsExactly("agent");
    }

    @Test
    void aVmThatComesToAnotherOwnerIsLeftAlone() {
        CountDownLatch asked = new CountDownLatch(1);
        vm.whenAsked = asked::countDown;
        Operation operation = begun(OperationAction.SHUTDOWN, true, Duration.ofSeconds(4));
        Awaitility.await().until(() -> asked.getCount() == 0);
        mayGoOn = false;

        assertFailed(ended(operation), "another owner");
        assertThat(vm.pressed()).containsExactly("agent");
    }

    /** Or the new owner could switch nothing for as long as the old one has asked for. */
    @Test
    void aWaitEndsWhenTheVmComesToAnotherOwner() {
        Operation operation = begun(OperationAction.SHUTDOWN, true, Duration.ofHours(1));
        Awaitility.await().until(() -> vm.pressed().contains("agent"));
        mayGoOn = false;

        Awaitility.await()
                .until(() -> store.find(operation.id()).orElseThrow().state().isFinal());
        assertFailed(ended(operation), "another owner");
        mayGoOn = true;
        assertCompleted(done(OperationAction.STOP), Kind.PULLING_PLUG);
    }

    // What another server has left.

    /** The operation as the next server ends it, which another has left at these steps, this long ago. */
    private Operation takenUp(OperationAction action, boolean force, Duration ago, Kind... steps) {
        Instant then = clock.instant().minus(ago);
        Operation left = Operation.waiting(
                OperationId.at(then.toEpochMilli()), SwitchedVm.ID, request(action, force, LONG), then);
        for (Kind kind : steps) {
            left = left.at(kind, then);
        }
        store.insert(left).join();
        operations.recover();
        return ended(left);
    }

    @Test
    void whatWaitedIsDone() {
        assertCompleted(takenUp(OperationAction.STOP, false, Duration.ofSeconds(5)), Kind.PULLING_PLUG);
        assertThat(vm.pressed()).containsExactly("stop");
    }

    @Test
    void whatHasComeToPassIsNotDoneAgain() {
        assertCompleted(takenUp(OperationAction.START, false, Duration.ofDays(2)));
        assertCompleted(takenUp(OperationAction.START, false, Duration.ofDays(2), Kind.STARTING), Kind.STARTING);
        vm.state(PowerState.STOPPED);
        assertCompleted(takenUp(OperationAction.SHUTDOWN, true, Duration.ofDays(2)));
        assertCompleted(takenUp(OperationAction.STOP, false, Duration.ofDays(2), Kind.PULLING_PLUG), Kind.PULLING_PLUG);
        assertThat(vm.pressed()).isEmpty();
    }

    @Test
    void aPausedVmIsNotTakenForStarted() {
        vm.state(PowerState.PAUSED);
        assertFailed(takenUp(OperationAction.START, false, Duration.ofSeconds(5)), "it is paused");
    }

    @Test
    void aStartThatMayBeUnderWayIsWaitedForAndNotRepeated() {
        vm.state(PowerState.STOPPED);
        assertFailed(
                takenUp(OperationAction.START, false, Duration.ofSeconds(5), Kind.STARTING),
                "the server was stopped while it was started");
        assertThat(vm.pressed()).isEmpty();
    }

    @Test
    void aGuestThatStillRunsIsAskedAgain() {
        vm.runsSince(clock.instant().minus(Duration.ofDays(1)));
        vm.whenAsked = () -> vm.state(PowerState.STOPPED);
        assertCompleted(
                takenUp(OperationAction.SHUTDOWN, false, Duration.ofSeconds(5), Kind.ASKING_AGENT),
                Kind.ASKING_AGENT,
                Kind.ASKING_AGENT);
    }

    /** It was off, and somebody has started it: to switch it off once more would be wrong. */
    @Test
    void whatHasBeenStartedSinceIsLeftAlone() {
        assertCompleted(
                takenUp(OperationAction.SHUTDOWN, true, Duration.ofSeconds(10), Kind.ASKING_AGENT), Kind.ASKING_AGENT);
        assertCompleted(
                takenUp(OperationAction.STOP, false, Duration.ofSeconds(10), Kind.PULLING_PLUG), Kind.PULLING_PLUG);
        assertCompleted(
                takenUp(OperationAction.RESTART, false, Duration.ofSeconds(10), Kind.ASKING_AGENT), Kind.ASKING_AGENT);
        assertThat(vm.pressed()).isEmpty();
    }

    @Test
    void whereItCannotBeToldNothingIsDone() {
        vm.forgetUptime();
        assertFailed(
                takenUp(OperationAction.SHUTDOWN, true, Duration.ofSeconds(5), Kind.ASKING_AGENT), "cannot be told");
        assertFailed(takenUp(OperationAction.RESET, false, Duration.ofSeconds(5), Kind.RESETTING), "cannot be told");
        assertThat(vm.pressed()).isEmpty();
    }

    @Test
    void aRestartGoesOnWhereItWas() {
        vm.state(PowerState.STOPPED);
        assertCompleted(
                takenUp(OperationAction.RESTART, false, Duration.ofSeconds(5), Kind.ASKING_AGENT),
                Kind.ASKING_AGENT,
                Kind.OFF,
                Kind.STARTING);
        vm.state(PowerState.STOPPED);
        assertCompleted(
                takenUp(OperationAction.RESTART, false, Duration.ofSeconds(5), Kind.ASKING_AGENT, Kind.OFF),
                Kind.ASKING_AGENT,
                Kind.OFF,
                Kind.STARTING);
        assertThat(vm.pressed()).containsExactly("start", "start");
    }

    @Test
    void whatNobodyExpectsAnyMoreIsNotDone() {
        assertFailed(takenUp(OperationAction.STOP, false, Duration.ofHours(2)), "more than an hour");
        assertThat(vm.pressed()).isEmpty();
    }

    @Test
    void whatIsStoredAsTheServerStopsIsForTheNextServer() {
        store.whenInserted = operations::close;
        Operation operation = begun(OperationAction.STOP, false, LONG);
        assertThat(operation.state()).isEqualTo(OperationState.WAITING);
        assertThat(vm.pressed()).isEmpty();

        operations = server();
        operations.recover();
        assertCompleted(ended(operation), Kind.PULLING_PLUG);
    }

    @Test
    void aServerThatStopsLeavesItsJobAsItIs() {
        Operation operation = begun(OperationAction.SHUTDOWN, false, LONG);
        Awaitility.await().until(() -> vm.pressed().contains("agent"));
        operations.close();

        assertThat(store.find(operation.id()).orElseThrow().state()).isEqualTo(OperationState.RUNNING);
        operations = server();
        vm.state(PowerState.STOPPED);
        operations.recover();
        assertCompleted(ended(operation), Kind.ASKING_AGENT);
    }
}
