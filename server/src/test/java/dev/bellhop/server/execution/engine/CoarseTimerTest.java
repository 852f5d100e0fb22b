// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CoarseTimerTest {
    private static final Duration LONG = Duration.ofHours(1);

    private final CoarseTimer waits = new CoarseTimer();
    private final CompletableFuture<String> future = new CompletableFuture<>();

    @AfterEach
    void close() {
        waits.close();
    }

    private CompletableFuture<Boolean> waiting(Duration longest) {
        CompletableFuture<Boolean> outcome = new CompletableFuture<>();
        Thread thread = Thread.ofVirtual().start(() -> {
            try {
                outcome.complete(waits.await(future, longest));
            } catch (InterruptedException e) {
                outcome.completeExceptionally(e);
            }
        });
        await().until(() -> thread.getState() == Thread.State.WAITING || outcome.isDone());
        return outcome;
    }

    @Test
    void whatComesEndsTheWait() {
        CompletableFuture<Boolean> outcome = waiting(LONG);
        assertThat(outcome).isNotDone();
        future.complete("here");

        assertThat(outcome.join()).isTrue();
    }

    @Test
    void aFailureEndsItToo() {
        CompletableFuture<Boolean> outcome = waiting(LONG);
        future.completeExceptionally(new IllegalStateException("no"));

        assertThat(outcome.join()).isTrue();
    }

    @Test
    void whoWaitsInVainLearnsOfIt() {
        CompletableFuture<Boolean> other = waiting(LONG);

        assertThat(waiting(Duration.ofMillis(1)).join()).isFalse();
        // And after the first tick there are more.
        assertThat(waiting(CoarseTimer.TICK.multipliedBy(2)).join()).isFalse();
        assertThat(other).isNotDone();
    }

    @Test
    void noTimeIsNoWait() throws InterruptedException {
        assertThat(waits.await(future, Duration.ZERO)).isFalse();
        future.complete("here");
        assertThat(waits.await(future, Duration.ZERO)).isTrue();
    }

    @Test
    void anInterruptedThreadStopsWaiting() throws InterruptedException {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = Thread.ofVirtual()
                .start(() -> assertThatThrownBy(() -> waits.await(future, LONG)).satisfies(thrown::set));
        thread.interrupt();
        thread.join();

        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void theEndEndsAllWaits() {
        CompletableFuture<Boolean> outcome = waiting(LONG);
        waits.close();

        assertThat(outcome.join()).isFalse();
    }
}
