// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndPollingTest {
    @ParameterizedTest
    @CsvSource({
        "PT0S, PT0.0002S",
        "PT0.0005S, PT0.0002S",
        "PT0.001S, PT0.0002S",
        "PT0.002S, PT0.0004S",
        "PT0.1S, PT0.02S",
        "PT1S, PT0.2S",
        "PT5S, PT1S",
        "PT10S, PT1S",
        "PT1M40S, PT1S",
        "PT5M, PT3S",
        "PT8M20S, PT5S",
        "PT1H, PT5S",
        "P365D, PT5S"
    })
    void theDelayGrowsWithTheTimeACommandHasRun(Duration elapsed, Duration delay) {
        assertThat(EndPolling.delayAfter(elapsed)).isEqualTo(delay);
    }

    @Test
    void aClockThatRunsBackwardsDoesNoHarm() {
        assertThat(EndPolling.delayAfter(Duration.ofSeconds(-5))).isEqualTo(EndPolling.MIN_INTERVAL);
    }

    @Test
    void theDelayNeverShrinks() {
        Duration before = Duration.ZERO;
        for (long millis = 0; millis < 1_000_000; millis += 50) {
            Duration delay = EndPolling.delayAfter(Duration.ofMillis(millis));
            assertThat(delay).isGreaterThanOrEqualTo(before);
            before = delay;
        }
    }

    /** What a guest pays for a command of a minute, an hour and a day. */
    @ParameterizedTest
    @CsvSource({"PT1M, 110", "PT1H, 1000", "P1D, 18000"})
    void aLongCommandIsAskedForSeldom(Duration length, int most) {
        int polls = 0;
        Duration elapsed = EndPolling.MIN_INTERVAL;
        while (elapsed.compareTo(length) < 0) {
            elapsed = elapsed.plus(EndPolling.delayAfter(elapsed));
            polls++;
        }
        assertThat(polls).isLessThan(most);
    }
}
