// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.guest.Availability;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What was learned of a guest is given again for a moment, and to all who ask meanwhile. */
@Timeout(60)
class GuestReportsTest {
    private static final VirtualMachine VM = new OneVm(new VmId(1));
    private static final VirtualMachine OTHER = new OneVm(new VmId(2));

    private final AtomicLong now = new AtomicLong();
    private final AtomicInteger looks = new AtomicInteger();
    private volatile Supplier<String> found = () -> "look " + looks.incrementAndGet();
    private final GuestReports reports = new GuestReports(
            new AgentHealth(Clock.systemUTC()),
            vm -> new AgentReport(Availability.SILENT, found.get(), null, vm.state(Deadline.after(Duration.ZERO))),
            Clock.systemUTC(),
            now::get);

    private record OneVm(VmId id) implements VirtualMachine {
        @Override
        public GuestAgent agent() {
            throw new IllegalStateException("nobody asks it here");
        }

        @Override
        public VmState state(Deadline deadline) {
            return VmState.of(PowerState.RUNNING);
        }
    }

    private String check(VirtualMachine vm) {
        return String.valueOf(reports.check(vm).why());
    }

    @Test
    void whatWasLearnedIsGivenAgainForAWhile() {
        assertThat(check(VM)).isEqualTo("look 1");
        now.addAndGet(Duration.ofSeconds(3).toNanos() - 1);
        assertThat(check(VM)).isEqualTo("look 1");
        // The cache notes the time of a look on another thread, perhaps only after the time has passed here.
        await().until(() -> {
            now.addAndGet(Duration.ofSeconds(3).toNanos());
            return check(VM).equals("look 2");
        });
        assertThat(check(OTHER)).as("each VM is its own").isEqualTo("look 3");
    }

    @Test
    void whoeverAsksMeanwhileGetsTheSame() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        found = () -> slowly(answer);
        List<Future<String>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 10; i++) {
                all.add(threads.submit(() -> check(VM)));
            }
            await().until(() -> looks.get() == 1);
            answer.countDown();
        }
        assertThat(all).allSatisfy(one -> assertThat(one.get()).isEqualTo("look 1"));
    }

    @Test
    void aVmIsLookedAtWhileAnotherIsSlow() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        found = () -> slowly(answer);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> slow = threads.submit(() -> check(VM));
            await().until(() -> looks.get() == 1);
            found = () -> "look " + looks.incrementAndGet();
            assertThat(check(OTHER)).isEqualTo("look 2");
            answer.countDown();
            assertThat(slow.get()).isEqualTo("look 1");
        }
    }

    @Test
    void nothingIsRememberedOfAVmForgottenMeanwhile() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        found = () -> slowly(answer);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> before = threads.submit(() -> check(VM));
            await().until(() -> looks.get() == 1);
            found = () -> "look " + looks.incrementAndGet();
            reports.forget(VM.id());
            assertThat(check(VM)).isEqualTo("look 2");
            answer.countDown();
            assertThat(before.get()).isEqualTo("look 1");
        }
        assertThat(check(VM)).isEqualTo("look 2");
    }

    @Test
    void aFailureIsToldAndNotRemembered() {
        found = () -> {
            throw new IllegalArgumentException("no");
        };
        assertThatThrownBy(() -> check(VM)).isInstanceOf(IllegalArgumentException.class);
        found = () -> "look " + looks.incrementAndGet();
        assertThat(check(VM)).isEqualTo("look 1");
    }

    private String slowly(CountDownLatch answer) {
        int mine = looks.incrementAndGet();
        try {
            answer.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return "look " + mine;
    }
}
