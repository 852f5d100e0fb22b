// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ReadTurnsTest {
    private final ReadTurns turns = new ReadTurns(2);
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void close() {
        release.countDown();
        callers.close();
        turns.close();
    }

    private static TenantFilter of(String account) {
        return TenantFilter.of(Tenant.account(account));
    }

    private CompletableFuture<String> held(String account) {
        return CompletableFuture.supplyAsync(
                () -> turns.read(of(account), () -> {
                    awaited(release);
                    return account;
                }),
                callers);
    }

    /** All of one account's wait behind its first, and leave the other reader to the other. */
    @Test
    void oneAccountReadsOneAtATime() {
        List<CompletableFuture<String>> many = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            many.add(held("a"));
        }
        for (int i = 0; i < 50; i++) {
            assertThat(turns.read(of("b"), () -> "b")).isEqualTo("b");
        }
        assertThat(many).noneMatch(CompletableFuture::isDone);
        release.countDown();
        assertThat(many).allMatch(each -> each.join().equals("a"));
    }

    @Test
    void accountsTakeTurns() {
        List<String> order = new CopyOnWriteArrayList<>();
        List<CompletableFuture<Void>> reads = new ArrayList<>();
        try (ReadTurns one = new ReadTurns(1)) {
            CountDownLatch begun = new CountDownLatch(1);
            CompletableFuture<Void> first = CompletableFuture.runAsync(
                    () -> one.read(of("x"), () -> {
                        begun.countDown();
                        return awaited(release);
                    }),
                    callers);
            assertThat(awaited(begun)).isTrue();
            for (String account : List.of("a", "a", "a", "b", "b", "b")) {
                int before = one.waiting();
                reads.add(CompletableFuture.runAsync(() -> one.read(of(account), () -> order.add(account)), callers));
                Awaitility.await().until(() -> one.waiting() == before + 1);
            }
            release.countDown();
            first.join();
            reads.forEach(CompletableFuture::join);
        }
        assertThat(order).containsExactly("a", "b", "a", "b", "a", "b");
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whoHasManyWaitingIsRefusedMore() {
        // The first is read before the others come, or the last of them would be refused.
        CountDownLatch reading = new CountDownLatch(1);
        var _ = CompletableFuture.supplyAsync(
                () -> turns.read(of("a"), () -> {
                    reading.countDown();
                    awaited(release);
                    return "a";
                }),
                callers);
        awaited(reading);
        for (int i = 0; i < ReadTurns.MAX_WAITING; i++) {
            var _ = held("a");
        }
        Awaitility.await().until(() -> turns.waiting() == ReadTurns.MAX_WAITING);
        assertThatThrownBy(() -> turns.read(of("a"), () -> "more"))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY_REQUESTS));
        assertThat(turns.read(of("b"), () -> "b")).isEqualTo("b");
    }

    @Test
    void aFailureIsItsCallersOwn() {
        assertThatThrownBy(() -> turns.read(of("a"), () -> {
                    throw new BellhopException(ErrorCode.STORE_UNAVAILABLE, "Cannot do this on purpose");
                }))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
        assertThat(turns.read(of("a"), () -> "a")).isEqualTo("a");
    }
}
