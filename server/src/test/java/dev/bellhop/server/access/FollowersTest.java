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
import org.junit.jupiter.api.Test;

/** So many of one key, so many of all, and a place that is given up is there for the next. */
class FollowersTest {
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Followers followers = new Followers(new CallerLimits(1, 1, 1, 2, 3), metrics);

    private static Key key(String id) {
        return new Key(id, "n", null, Set.of(Scope.READ_VM), null, null, Instant.EPOCH, null, null, 1);
    }

    private double now() {
        return metrics.get("bellhop.followers").gauge().value();
    }

    private void assertRefused(Key key, int limit) {
        BellhopException refused = catchThrowableOfType(BellhopException.class, () -> followers.enter(key));
        assertThat(refused.code()).isEqualTo(ErrorCode.TOO_MANY_FOLLOWERS);
        assertThat(refused.limit()).hasValue(limit);
        assertThat(refused.retryAfter()).isEqualTo(5);
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
