// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is deleted for its age is so by a clock that jumps ahead for nobody. */
class SteadyClockTest {
    private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

    private final SettableClock wall = new SettableClock(START);
    private final AtomicLong nanos = new AtomicLong(-5);
    private final SteadyClock clock = new SteadyClock(wall, nanos::get);

    @Test
    void itIsAheadOfNeitherClock() {
        assertThat(clock.instant()).isEqualTo(START);
        wall.advance(Duration.ofDays(400));
        assertThat(clock.instant()).isEqualTo(START);
        nanos.addAndGet(Duration.ofHours(1).toNanos());
        assertThat(clock.instant()).isEqualTo(START.plus(Duration.ofHours(1)));
        wall.set(START.minus(Duration.ofHours(2)));
        assertThat(clock.instant()).isEqualTo(START.minus(Duration.ofHours(2)));
    }
}
