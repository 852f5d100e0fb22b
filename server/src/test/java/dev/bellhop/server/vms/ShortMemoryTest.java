// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ShortMemoryTest {
    private static final VmId VM = new VmId(1);

    private final AtomicLong now = new AtomicLong();
    private final AtomicInteger learned = new AtomicInteger();
    private final ShortMemory<Integer> memory = new ShortMemory<>(Duration.ofSeconds(3), 2, now::get);

    private int get(VmId vm) {
        return memory.get(vm, learned::incrementAndGet);
    }

    @Test
    void whatWasLearnedIsGivenAgainForAWhile() {
        assertThat(memory.remembered(VM)).isEmpty();
        assertThat(get(VM)).isEqualTo(1);
        now.addAndGet(Duration.ofSeconds(3).toNanos() - 1);
        assertThat(get(VM)).isEqualTo(1);
        assertThat(memory.remembered(VM)).contains(1);
        now.incrementAndGet();
        assertThat(memory.remembered(VM)).isEmpty();
        assertThat(get(VM)).isEqualTo(2);
    }

    @Test
    void eachVmIsItsOwnAndNoMoreAreRememberedThanMayBe() {
        get(VM);
        assertThat(get(new VmId(2))).isEqualTo(2);
        assertThat(get(new VmId(3))).isEqualTo(3);
        assertThat(Stream.of(1, 2, 3).flatMap(id -> memory.remembered(new VmId(id)).stream()))
                .hasSize(2);
    }

    @Test
    void whoeverAsksMeanwhileGetsTheSame() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        List<Future<Integer>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 10; i++) {
                all.add(threads.submit(() -> memory.get(VM, () -> {
                    int mine = learned.incrementAndGet();
                    uninterruptibly(answer);
                    return mine;
                })));
            }
            await().until(() -> learned.get() == 1);
            answer.countDown();
        }
        assertThat(all).allSatisfy(one -> assertThat(one.get()).isEqualTo(1));
    }

    @Test
    void nothingIsRememberedOfAVmForgottenMeanwhile() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        CompletableFuture<Integer> before = new CompletableFuture<>();
        Thread.startVirtualThread(() -> before.complete(memory.get(VM, () -> {
            int mine = learned.incrementAndGet();
            uninterruptibly(answer);
            return mine;
        })));
        await().until(() -> learned.get() == 1);
        memory.forget(VM);
        assertThat(get(VM)).isEqualTo(2);
        answer.countDown();
        assertThat(before.join()).isEqualTo(1);
        assertThat(memory.remembered(VM)).contains(2);
    }

    @Test
    void whoeverWaitsForWhatFailsIsTold() throws Exception {
        CountDownLatch failure = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Integer> first = threads.submit(() -> memory.get(VM, () -> {
                learned.incrementAndGet();
                uninterruptibly(failure);
                throw new IllegalArgumentException("no");
            }));
            await().until(() -> learned.get() == 1);
            CompletableFuture<Thread> waiting = new CompletableFuture<>();
            Future<Integer> second = threads.submit(() -> {
                waiting.complete(Thread.currentThread());
                return get(VM);
            });
            await().until(() -> waiting.join().getState() == Thread.State.WAITING);
            failure.countDown();
            assertThatThrownBy(first::get).hasRootCauseInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(second::get).hasMessageContaining("what another request failed to learn");
        }
        assertThat(learned.get()).isEqualTo(1);
    }

    @Test
    void aFailureIsNotRemembered() {
        assertThatThrownBy(() -> memory.get(VM, () -> {
                    throw new IllegalArgumentException("no");
                }))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(get(VM)).isEqualTo(1);
    }

    private static void uninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
