// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StopwatchTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /** About to overflow, as a clock of this kind may be. */
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);

    private final Stopwatch streak = new Stopwatch(now::get);

    @Test
    void isAsLongAsItHasGoneOn() {
        assertThat(streak.exceeds(MINUTE)).isFalse();
        now.addAndGet(MINUTE.toNanos());
        assertThat(streak.exceeds(MINUTE)).isFalse();
        now.addAndGet(1);
        assertThat(streak.exceeds(MINUTE)).isTrue();
    }

    @Test
    void beginsAnewAfterABreak() {
        streak.exceeds(MINUTE);
        now.addAndGet(MINUTE.toNanos());
        streak.ends();
        assertThat(streak.exceeds(MINUTE)).isFalse();
        now.addAndGet(MINUTE.toNanos());
        assertThat(streak.exceeds(MINUTE)).isFalse();
    }
}
