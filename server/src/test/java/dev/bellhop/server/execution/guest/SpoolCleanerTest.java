// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SpoolCleanerTest {
    /** A clock of nanoseconds may run over. */
    private static final long BEGIN = Long.MAX_VALUE - Duration.ofSeconds(2).toNanos();

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static Duration untilDue(int executions, double lastCame, double now) {
        return SpoolCleaner.untilDue(executions, MINUTE, BEGIN, BEGIN + nanos(lastCame), BEGIN + nanos(now));
    }

    private static long nanos(double seconds) {
        return Math.round(seconds * 1e9);
    }

    @Test
    void itTakesThoseOfAMinuteTogether() {
        assertThat(untilDue(1, 0, 0)).isEqualTo(Duration.ofSeconds(60));
        assertThat(untilDue(2, 30, 45)).isEqualTo(Duration.ofSeconds(15));
        assertThat(untilDue(2, 30, 60)).isZero();
    }

    @Test
    void itWaitsUntilNoMoreHaveEndedForAMoment() {
        assertThat(untilDue(40, 59, 60)).isEqualTo(Duration.ofSeconds(2));
        assertThat(untilDue(40, 62.5, 63)).isEqualTo(Duration.ofMillis(2500));
    }

    @Test
    void itDoesNotWaitForEver() {
        assertThat(untilDue(40, 69.9, 69.9)).isEqualTo(Duration.ofMillis(100));
        assertThat(untilDue(40, 70, 70)).isZero();
    }

    @Test
    void asManyAsAreRemovedAtOnceWaitNoLonger() {
        assertThat(untilDue(499, 5, 5)).isEqualTo(Duration.ofSeconds(55));
        assertThat(untilDue(500, 5, 5)).isNegative();
        assertThat(untilDue(500, 1, 1)).isEqualTo(Duration.ofSeconds(2));
    }
}
