// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.service.Timeouts;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TimeoutsTest {
    @Test
    void aServerWaitsThisLong() {
        assertThat(Timeouts.defaults())
                .isEqualTo(new Timeouts(
                        Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofSeconds(2), Duration.ofSeconds(3)));
    }
}
