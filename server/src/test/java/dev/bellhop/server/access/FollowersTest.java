// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** So many of one key, so many of all, and a place that is given up is there for the next. */
class FollowersTest {
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Followers followers = new Followers(new CallerLimits(1, 1, 1, 2, 3), metrics);

    private static Key key(String id) {
        return key(id, null);
    }

    private static Key key(String id, @Nullable String account) {
        return new Key(id, "n", account, Set.of(Scope.READ_VM), null, null, Instant.EPOCH, null, null, 1);
    }

    private double now() {
        return metrics.get("bellhop.followers").gauge().value();
    }

    private BellhopException refused(Key key) {
        BellhopException refused = catchThrowableOfType(BellhopException.class, () -> followers.enter(key));
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
        followers.enter(key("a", "shop"));
        Followers.Place second = followers.enter(key("b", "shop"));
        assertRefused(key("c", "shop"), 2);
        assertThat(refused(key("c", "shop"))).hasMessageContaining("the keys of this account have 2 of them");
        second.close();
        followers.enter(key("c", "shop"));
        followers.enter(key("c"));
    }

    @Test
    void howMuchTheServerTakesIsTheOperatorsToKnow() {
        followers.enter(key("a"));
        followers.enter(key("a"));
        followers.enter(key("b"));

        BellhopException tenants = refused(key("c", "shop"));
        assertThat(tenants.limit()).isEmpty();
        assertThat(tenants).hasMessageNotContainingAny("2", "3");
        assertRefused(key("c"), 3);
    }

    @Test
    void bothLimitsHold() {
        Deque<Followers.Place> places = new ArrayDeque<>();
        places.push(followers.enter(key("a")));
        places.push(followers.enter(key("a")));
        assertRefused(key("a"), 2);
        places.push(followers.enter(key("b")));
        assertRefused(key("b"), 3);
        assertThat(now()).isEqualTo(3);

        places.pop().close();
        places.push(followers.enter(key("c")));
        while (!places.isEmpty()) {
            places.pop().close();
        }
        assertThat(now()).isZero();
        followers.enter(key("a"));
    }
}
