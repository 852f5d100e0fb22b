// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much longer a terminal waits for its next question, the longer nothing happens in it. */
class PtyPollingTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0.5",
        "4, 0.5",
        "20, 2",
        "5000, 500",
        "10000, 1000",
        "60000, 1000",
        "90000, 1500",
        "180000, 3000",
        "86400000, 3000"
    })
    void thePauseGrowsWithTheQuiet(long quietMillis, double pauseMillis) {
        assertThat(PtyPolling.pauseNanos(Duration.ofMillis(quietMillis).toNanos()))
                .isEqualTo((long) (pauseMillis * 1_000_000));
    }
}
