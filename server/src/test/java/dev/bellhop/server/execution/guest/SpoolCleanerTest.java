// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SpoolCleanerTest {
    /** A clock of nanoseconds may run over. */
    private static final long BEGIN = Long.MAX_VALUE - Duration.ofSeconds(2).toNanos();

    private static Duration untilDue(int executions, double lastCame, double now) {
        return SpoolCleaner.untilDue(executions, BEGIN, BEGIN + nanos(lastCame), BEGIN + nanos(now));
    }

    private static long nanos(double seconds) {
        return Math.round(seconds * 1e9);
    }

    @Test
    void itWaitsUntilNoMoreHaveEndedForAMoment() {
        assertThat(untilDue(1, 0, 0)).isEqualTo(Duration.ofSeconds(3));
        assertThat(untilDue(1, 0, 3)).isZero();
        assertThat(untilDue(2, 2.5, 3)).isEqualTo(Duration.ofMillis(2500));
        assertThat(untilDue(40, 6, 6.5)).isEqualTo(Duration.ofMillis(2500));
    }

    @Test
    void itDoesNotWaitForEver() {
        assertThat(untilDue(40, 9.9, 9.9)).isEqualTo(Duration.ofMillis(100));
        assertThat(untilDue(40, 10, 10)).isZero();
    }

    @Test
    void asManyAsAreRemovedAtOnceWaitNoLonger() {
        assertThat(untilDue(499, 5, 5)).isEqualTo(Duration.ofSeconds(3));
        assertThat(untilDue(500, 5, 5)).isNegative();
        assertThat(untilDue(500, 1, 1)).isEqualTo(Duration.ofSeconds(2));
    }
}
