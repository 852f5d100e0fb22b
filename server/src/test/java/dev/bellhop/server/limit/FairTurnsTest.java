// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who gets the next turn. */
@Timeout(30)
class FairTurnsTest {
    private static final Duration SHORT = Duration.ofMillis(20);

    private final FairTurns turns = new FairTurns(1);
    private final FairTurns.Share greedy = turns.of("greedy");
    private final FairTurns.Share other = turns.of("other");
    private final List<String> order = new CopyOnWriteArrayList<>();

    /** Starts a thread that waits for a turn, and returns when it waits. */
    private CompletableFuture<Void> waiting(String name, FairTurns.Share share) throws InterruptedException {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = Thread.ofVirtual().start(() -> {
            share.take(() -> order.add(name));
            done.complete(null);
        });
        while (thread.getState() != Thread.State.WAITING) {
            Thread.sleep(1);
        }
        return done;
    }

    @Test
    void aHolderWithManyRequestsDelaysAnotherByOneTurn() throws InterruptedException {
        greedy.enter();
        CompletableFuture<?> last = waiting("greedy 1", greedy);
        last = CompletableFuture.allOf(last, waiting("greedy 2", greedy));
        last = CompletableFuture.allOf(last, waiting("greedy 3", greedy));
        last = CompletableFuture.allOf(last, waiting("other", other));
        greedy.leave();
        last.join();
        assertThat(order).containsExactly("greedy 1", "other", "greedy 2", "greedy 3");
    }

    @Test
    void longWorkGivesWay() throws InterruptedException {
        greedy.enter();
        greedy.giveWay();
        CompletableFuture<Void> waiting = waiting("other", other);
        greedy.giveWay();
        assertThat(order).containsExactly("other");
        greedy.leave();
        waiting.join();
        assertThat(other.enter(Duration.ZERO)).isTrue();
    }

    @Test
    void aTimeoutTakesNoPlace() {
        greedy.enter();
        assertThat(other.enter(SHORT)).isFalse();
        greedy.leave();
        assertThat(greedy.enter(Duration.ZERO)).isTrue();
    }

    @Test
    void anInterruptDoesNotEndTheWaitForShortWork() throws InterruptedException {
        greedy.enter();
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Thread thread = Thread.ofVirtual().start(() -> {
            other.take(() -> order.add("other"));
            interrupted.complete(Thread.currentThread().isInterrupted());
        });
        thread.interrupt();
        greedy.leave();
        assertThat(interrupted.join()).isTrue();
        assertThat(order).containsExactly("other");
    }

    @Test
    void smallWorkTakesNoTurn() {
        greedy.enter();
        assertThat(other.<Integer>take(100, () -> 1)).isOne();
    }

    @Test
    void noMoreWorkThanPlacesRunsAtATime() {
        FairTurns two = new FairTurns(2);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<CompletableFuture<Void>> all = IntStream.range(0, 200)
                .mapToObj(i -> CompletableFuture.runAsync(
                        () -> two.of("holder " + i % 7).take(() -> {
                            most.accumulateAndGet(running.incrementAndGet(), Math::max);
                            Thread.yield();
                            return running.decrementAndGet();
                        }),
                        Thread::startVirtualThread))
                .toList();
        all.forEach(CompletableFuture::join);
        assertThat(most.get()).isBetween(1, 2);
        assertThat(two.of("next").enter(Duration.ZERO)).isTrue();
        assertThat(two.of("next").enter(Duration.ZERO)).isTrue();
        assertThat(two.of("next").enter(SHORT)).isFalse();
    }
}
