// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.Tenant;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** So many of one key, so many of all, of which there are some left for others; a place that is given up is there for the next. */
class WaiterLimitTest {
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final WaiterLimit waiters = new WaiterLimit(new CallerLimits(1, 1, 1, 2, 4), metrics);

    private static Key key(String id) {
        return key(id, Tenant.operator());
    }

    private static Key key(String id, Tenant tenant) {
        return new Key(
                id, "n", tenant, Set.of(Scope.READ_VM), null, null, Instant.EPOCH, null, null, 1, null, Map.of());
    }

    private double now() {
        return metrics.get("bellhop.followers").gauge().value();
    }

    private BellhopException refused(Key key) {
        BellhopException refused = catchThrowableOfType(BellhopException.class, () -> waiters.enter(key));
        assertThat(refused.code()).isEqualTo(ErrorCode.TOO_MANY_FOLLOWERS);
        assertThat(refused.retryAfter()).isEqualTo(5);
        return refused;
    }

    private void assertRefused(Key key, int limit) {
        assertThat(refused(key).limit()).hasValue(limit);
    }

    /** Whoever holds one can make more. */
    @Test
    void keysOfAnAccountCountTogether() {
        waiters.enter(key("a", account("shop")));
        WaiterLimit.Place second = waiters.enter(key("b", account("shop")));
        assertRefused(key("c", account("shop")), 2);
        assertThat(refused(key("c", account("shop")))).hasMessageContaining("the keys of this account have 2 of them");
        second.close();
        waiters.enter(key("c", account("shop")));
        waiters.enter(key("c"));
    }

    @Test
    void howMuchTheServerTakesIsTheOperatorsToKnow() {
        for (String id : new String[] {"a", "a", "b", "c"}) {
            waiters.enter(key(id));
        }

        BellhopException tenants = refused(key("d", account("shop")));
        assertThat(tenants.limit()).isEmpty();
        assertThat(tenants).hasMessageNotContainingAny("2", "3", "4");
        assertRefused(key("d"), 4);
    }

    @Test
    void bothLimitsHold() {
        Deque<WaiterLimit.Place> places = new ArrayDeque<>();
        places.push(waiters.enter(key("a")));
        places.push(waiters.enter(key("a")));
        assertRefused(key("a"), 2);
        places.push(waiters.enter(key("b")));
        assertRefused(key("b"), 4);
        places.push(waiters.enter(key("c")));
        assertRefused(key("d"), 4);
        assertThat(now()).isEqualTo(4);

        places.pop().close();
        places.push(waiters.enter(key("d")));
        while (!places.isEmpty()) {
            places.pop().close();
        }
        assertThat(now()).isZero();
        waiters.enter(key("a"));
    }

    /** Two accounts with as many as each may have took all that there were. */
    @Test
    void twoAccountsLeavePlacesForAThird() {
        var usual = new WaiterLimit(CallerLimits.defaults(), new SimpleMeterRegistry());
        int first = enterAll(usual, "a");
        assertThat(first).isEqualTo(CallerLimits.FOLLOWERS_PER_KEY);
        int second = enterAll(usual, "b");
        assertThat(second).isEqualTo(CallerLimits.FOLLOWERS_PER_KEY / 2);
        assertThat(enterAll(usual, "c")).isEqualTo(second / 2);
    }

    private static int enterAll(WaiterLimit waiters, String account) {
        int entered = 0;
        while (true) {
            try {
                waiters.enter(key("key of " + account, Tenant.account(account)));
                entered++;
            } catch (BellhopException full) {
                return entered;
            }
        }
    }
}
