// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** VMs are looked at seldom, and at once where something happens; whoever waits is told. */
@Timeout(60)
class HealthWatchTest {
    private static final Duration TIMEOUT = Duration.ofMillis(500);
    private static final Duration LONG = Duration.ofSeconds(50);
    private static final String WILLING = "{\"version\": \"10.0.0\", \"supported_commands\":"
            + " [{\"name\": \"guest-exec\", \"enabled\": true, \"success-response\": true},"
            + " {\"name\": \"guest-exec-status\", \"enabled\": true, \"success-response\": true}]}";

    @TempDir
    private Path folder;

    private final AtomicLong now = new AtomicLong();
    private final AtomicInteger underWay = new AtomicInteger();
    private StubVm vm;
    private AgentHealth health;
    private HealthWatch watch;

    @BeforeEach
    void start() {
        vm = new StubVm(folder.resolve("a.sock"));
        health = new AgentHealth(Clock.systemUTC());
        VmDirectory directory = new VmDirectory(List.of(vm));
        watch = new HealthWatch(health, directory, vm -> true, now::get, this::look);
        directory.listen(watch::changed);
    }

    @AfterEach
    void stop() {
        watch.close();
        vm.close();
    }

    private FakeAgent willingAgent() {
        return FakeAgent.start(folder.resolve("a.sock")).on("guest-info", (request, wire) -> wire.reply(WILLING));
    }

    /** Lets this time pass, and what is due then be looked at. */
    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
        watch.lookAround();
        awaitIdle();
    }

    private void look(Runnable look) {
        underWay.incrementAndGet();
        Thread.startVirtualThread(() -> {
            try {
                look.run();
            } finally {
                underWay.decrementAndGet();
            }
        });
    }

    private void awaitIdle() {
        await().pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> underWay.get() == 0);
    }

    private Availability known() {
        return health.last(StubVm.ID).orElseThrow().report().availability();
    }

    @Test
    void aVmThatNobodyAsksAboutIsLookedAtLessAndLessOften() {
        vm.is(PowerState.STOPPED);
        pass(Duration.ZERO);
        assertThat(health.last(StubVm.ID)).as("a new server has time").isEmpty();
        pass(HealthWatch.SETTLING);
        assertThat(known()).isEqualTo(Availability.VM_STOPPED);
        Instant since = health.last(StubVm.ID).orElseThrow().since();

        for (int minute = 0; minute < 60; minute++) {
            pass(Duration.ofMinutes(1));
        }
        assertThat(vm.timesAsked()).isBetween(7, 11);
        assertThat(health.last(StubVm.ID).orElseThrow().since()).isEqualTo(since);
    }

    @Test
    void whatWasFoundOfAVmThatIsGoneIsForgotten() {
        StubVm gone = new StubVm(folder.resolve("g.sock"));
        HealthWatch other = new HealthWatch(health, new VmDirectory(List.of()), vm -> true, now::get, this::look);
        gone.is(PowerState.STOPPED);
        AgentReport ignored = health.look(gone, TIMEOUT, TIMEOUT);
        assertThat(health.last(StubVm.ID)).isPresent();
        other.lookAround();
        assertThat(health.last(StubVm.ID)).isEmpty();
        other.close();
        gone.close();
    }

    @Test
    void anIdleGuestThatHasTheChannelOpenIsLeftAlone() {
        try (FakeAgent agent = willingAgent()) {
            vm.channel(AgentChannel.OPEN);
            pass(Duration.ZERO);
            pass(HealthWatch.SETTLING);
            assertThat(known()).isEqualTo(Availability.AVAILABLE);
            for (int minute = 0; minute < 60; minute++) {
                pass(Duration.ofMinutes(1));
            }
            assertThat(vm.timesAsked()).isGreaterThan(2);
            assertThat(agent.requests()).as("what the agent was asked").hasSize(1);

            vm.channel(AgentChannel.CLOSED);
            pass(HealthWatch.LAST_PAUSE);
            assertThat(known()).isEqualTo(Availability.SILENT);
            assertThat(agent.requests()).hasSize(1);
        }
    }

    @Test
    void aChangeIsLookedAtAtOnceAndToldOf() throws Exception {
        vm.is(PowerState.STOPPED);
        vm.tellOfChange();
        awaitIdle();
        assertThat(known()).isEqualTo(Availability.VM_STOPPED);

        CountDownLatch told = new CountDownLatch(2);
        AgentHealth.Subscription subscription = health.listen(StubVm.ID, told::countDown);
        try (FakeAgent _ = willingAgent()) {
            vm.is(PowerState.RUNNING);
            vm.tellOfChange();
            told.await();
            await().until(() -> known() == Availability.AVAILABLE);
        }
        subscription.close();
        awaitIdle();
        health.changed(StubVm.ID);
        assertThat(told.getCount()).isZero();
    }

    @Test
    void whatHappensDuringALookIsLookedAtAfterIt() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (FakeAgent agent = willingAgent()) {
            agent.on("guest-info", (request, wire) -> {
                asked.countDown();
                goOn.await();
                wire.reply(WILLING);
            });
            vm.tellOfChange();
            asked.await();
            vm.is(PowerState.PAUSED);
            vm.tellOfChange();
            vm.tellOfChange();
            goOn.countDown();
            awaitIdle();
            assertThat(known()).isEqualTo(Availability.VM_PAUSED);
            assertThat(vm.timesAsked()).isEqualTo(2);
        }
    }

    private CompletableFuture<AgentReport> awaitAvailable() {
        CompletableFuture<AgentReport> found = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                found.complete(health.await(vm, AgentReport::isAvailable, TIMEOUT, TIMEOUT, LONG, () -> true));
            } catch (Exception e) {
                found.completeExceptionally(e);
            }
        });
        await().until(() -> health.waitedFor().contains(StubVm.ID));
        await().until(() -> health.last(StubVm.ID).isPresent());
        return found;
    }

    @Test
    void whoeverWaitsHearsOfAnEventAtOnce() throws Exception {
        vm.is(PowerState.STOPPED);
        CompletableFuture<AgentReport> found = awaitAvailable();
        try (FakeAgent _ = willingAgent()) {
            vm.is(PowerState.RUNNING);
            vm.tellOfChange();
            assertThat(found.get().availability()).isEqualTo(Availability.AVAILABLE);
        }
        assertThat(health.waitedFor()).isEmpty();
    }

    @Test
    void withoutEventsAnAwaitedVmIsLookedAtOften() throws Exception {
        vm.is(PowerState.STOPPED);
        CompletableFuture<AgentReport> found = awaitAvailable();
        int before = vm.timesAsked();
        for (int second = 0; second < 60; second++) {
            pass(Duration.ofSeconds(1));
        }
        assertThat(vm.timesAsked() - before).isBetween(10, 20);
        try (FakeAgent _ = willingAgent()) {
            vm.is(PowerState.RUNNING);
            pass(HealthWatch.LAST_PAUSE_OF_A_WAIT);
            assertThat(found.get().availability()).isEqualTo(Availability.AVAILABLE);
        }
    }

    @Test
    void aWaitEndsWhenItsTimeIsOverOrNobodyWantsItAnyMore() throws Exception {
        vm.is(PowerState.PAUSED);
        AgentReport late =
                health.await(vm, AgentReport::isAvailable, TIMEOUT, TIMEOUT, Duration.ofMillis(20), () -> true);
        assertThat(late.availability()).isEqualTo(Availability.VM_PAUSED);
        AgentReport unwanted = health.await(vm, AgentReport::isAvailable, TIMEOUT, TIMEOUT, LONG, () -> false);
        assertThat(unwanted.availability()).isEqualTo(Availability.VM_PAUSED);
        assertThat(health.waitedFor()).isEmpty();
    }

    @Test
    void whatIsKnownIsNotToldWhereItCannotHoldAnyMore() throws Exception {
        vm.is(PowerState.STOPPED);
        health.look(vm, TIMEOUT, TIMEOUT);
        assertThat(health.known(vm, PowerState.STOPPED)).isPresent();
        assertThat(health.known(vm, PowerState.RUNNING)).isEmpty();

        vm.is(PowerState.RUNNING).channel(AgentChannel.CLOSED);
        health.look(vm, TIMEOUT, TIMEOUT);
        assertThat(health.known(vm, PowerState.RUNNING)).isPresent();
        assertThat(health.known(vm, PowerState.PAUSED)).isEmpty();
        try (FakeAgent _ = willingAgent()) {
            vm.agent().ping(Deadline.after(LONG));
            assertThat(health.known(vm, PowerState.RUNNING))
                    .as("it has answered since")
                    .isEmpty();
            health.runsCommands(vm);
            assertThat(known()).isEqualTo(Availability.AVAILABLE);
        }
    }
}
