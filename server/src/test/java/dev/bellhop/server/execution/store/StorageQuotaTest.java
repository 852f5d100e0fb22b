// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.store.StorageQuota.Holder;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.Tenant;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** 64 MiB, for the operator and three accounts: 32 for whoever comes first, and 8 for each. */
@Timeout(30)
class StorageQuotaTest {
    private static final long MIB = 1 << 20;

    private final StorageQuota quota = new StorageQuota(64 * MIB, () -> 3);
    private final ExecutionIds ids = new ExecutionIds(Clock.systemUTC());

    private ExecutionId begun(Tenant tenant, long bytes) {
        ExecutionId id = ids.next();
        quota.begin(id, tenant, bytes, 0);
        return id;
    }

    private void refused(Tenant tenant, long bytes) {
        assertThatThrownBy(() -> begun(tenant, bytes))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_MUCH_STORED));
    }

    @Test
    void halfIsFirstComeFirstServedAndTheRestIsShared() {
        begun(account("a"), 32 * MIB);
        refused(account("a"), 1);
        for (Tenant tenant : List.of(account("b"), account("c"), Tenant.operator())) {
            begun(tenant, 8 * MIB);
            refused(tenant, 1);
        }
        assertThat(quota.total()).isEqualTo(56 * MIB).isLessThanOrEqualTo(64 * MIB);
    }

    /** However they come, what nothing can be removed of stays below the limit. */
    @Test
    void whatIsUnfinishedNeverExceedsTheLimit() {
        Tenant[] tenants = {account("a"), Tenant.operator(), account("b"), account("c")};
        for (int i = 0; i < 10_000; i++) {
            try {
                begun(tenants[i * 7 % 4], 100_000 + i % 13 * 50_000);
            } catch (BellhopException full) {
                assertThat(full.code()).isEqualTo(ErrorCode.TOO_MUCH_STORED);
            }
            assertThat(quota.total()).isLessThanOrEqualTo(64 * MIB);
        }
        for (Tenant tenant : tenants) {
            assertThat(quota.total(tenant)).isGreaterThan(7 * MIB);
        }
    }

    @Test
    void whatHasFinishedTakesNoRoomFromWhatHasNot() {
        quota.finish(begun(account("a"), 30 * MIB));
        quota.finish(begun(account("a"), 30 * MIB));
        begun(account("a"), 30 * MIB);

        assertThat(quota.excess()).isEqualTo(26 * MIB);
        assertThat(quota.holders()).containsExactly(new Holder(account("a"), 90 * MIB));
    }

    @Test
    void theLargestAccountWithSomethingToDeleteComesFirst() {
        quota.finish(begun(account("b"), MIB));
        quota.finish(begun(Tenant.operator(), 2 * MIB));
        begun(account("a"), 9 * MIB);
        assertThat(quota.holders())
                .containsExactly(new Holder(Tenant.operator(), 2 * MIB), new Holder(account("b"), MIB));

        quota.deleted(Tenant.operator(), 2 * MIB);
        assertThat(quota.holders()).containsExactly(new Holder(account("b"), MIB));
    }

    @Test
    void outputCountsAndWhatItTookToStartNoLongerDoes() {
        ExecutionId id = ids.next();
        quota.begin(id, account("a"), 1000, 5000);
        assertThat(quota.grow(id, account("a"), 300)).isEqualTo(1300);
        assertThat(quota.total(account("a"))).isEqualTo(6300);
        quota.delivered(id);
        assertThat(quota.total(account("a"))).isEqualTo(1300);
        assertThat(quota.grow(id, account("a"), -300)).as("a write that failed").isEqualTo(1000);
        assertThat(quota.room(account("a"))).isEqualTo(32 * MIB - 1000);
    }

    @Test
    void whatWasNotStoredDoesNotCount() {
        ExecutionId id = begun(account("a"), MIB);
        quota.cancelBegin(id);
        assertThat(quota.total()).isZero();
    }

    @Test
    void itIsToldAtOnceWhenThereIsTooMuch() {
        CompletableFuture<Void> told = new CompletableFuture<>();
        quota.whenExceeded(() -> told.complete(null));
        for (int i = 0; i < 2; i++) {
            quota.finish(begun(account("a"), 32 * MIB));
            assertThat(told).isNotDone();
        }
        begun(account("b"), 1);
        assertThat(told).isDone();
    }

    /** Who has little does not wait for what others have too much of. */
    @Test
    void whoHasMuchWaitsUntilSomeIsDeleted() throws Exception {
        quota.finish(begun(account("b"), MIB));
        for (int i = 0; i < 3; i++) {
            quota.finish(begun(account("a"), 30 * MIB));
        }
        quota.awaitRoom(account("b"));
        CompletableFuture<Void> waits = CompletableFuture.runAsync(() -> {
            try {
                quota.awaitRoom(account("a"));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(waits).isNotDone();
        quota.deleted(account("a"), 30 * MIB);
        waits.join();
    }
}
