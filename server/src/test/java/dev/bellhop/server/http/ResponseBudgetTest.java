// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.tenant.Tenant;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers of one account take half of a mebibyte here, and those that are to be large wait for it. */
@Timeout(30)
class ResponseBudgetTest {
    private static final int HALF = 1 << 19;

    private final ResponseBudget budget = new ResponseBudget(new FairLimit(2 * HALF), Duration.ofMillis(50));

    private static ResponseBudget.Share of(ResponseBudget budget, String account) {
        ResponseBudget.Share share = budget.newShare();
        share.belongsTo(new Key(
                "0123456789ab",
                "n",
                Tenant.account(account),
                Set.of(Scope.WRITE_VM),
                null,
                null,
                Instant.EPOCH,
                null,
                null,
                1,
                null,
                Map.of()));
        return share;
    }

    private ResponseBudget.Share of(String account) {
        return of(budget, account);
    }

    private static void assertRefused(Runnable taking) {
        assertThatExceptionOfType(BellhopException.class)
                .isThrownBy(taking::run)
                .satisfies(full -> assertThat(full.code()).isEqualTo(ErrorCode.OVERLOADED));
    }

    @Test
    void whatClientsHaveNotTakenInCounts() {
        ResponseBudget.Share unread = of("a");
        unread.takes(HALF);
        assertRefused(() -> of("a").takes(ResponseBudget.SMALL + 1));
        assertRefused(() -> of("a").reserve(ResponseBudget.SMALL + 1));
        of("a").takes(ResponseBudget.SMALL);
        of("b").takes(HALF / 2);

        unread.close();
        of("a").takes(HALF / 4);
    }

    @Test
    void whatIsToBeLargeWaits() {
        var patient = new ResponseBudget(new FairLimit(2 * HALF), Duration.ofSeconds(20));
        ResponseBudget.Share unread = of(patient, "a");
        unread.takes(HALF);
        var waiting = CompletableFuture.runAsync(() -> of(patient, "a").reserve(HALF));
        assertThat(waiting).isNotDone();
        unread.close();
        assertThat(waiting).succeedsWithin(Duration.ofSeconds(20));
    }

    @Test
    void anUnusedReservationIsReturnedWithTheResponse() {
        ResponseBudget.Share list = of("a");
        list.reserve(HALF);
        list.takes(ResponseBudget.SMALL);
        of("a").takes(HALF);
    }

    @Test
    void whatTellsThatSomethingWasDoneIsNotHeldBack() {
        ResponseBudget.Share done = of("a");
        done.takesAnyway(4 * HALF);
        assertRefused(() -> of("a").takes(HALF));
        done.close();
        of("a").takes(HALF);
    }

    @Test
    void whatNeedsNoKeyDoesNotCount() {
        budget.newShare().takes(10 * HALF);
        of("a").takes(HALF);
    }
}
