// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("cluster")
class FencePausesTest {
    private static final Duration FIRST = Duration.ofSeconds(5);

    private final FencePauses pauses = new FencePauses();

    @Test
    void eachIsLongerUpToFiveMinutes() {
        assertThat(pauses.next(Duration.ZERO)).isBetween(FIRST.dividedBy(2), FIRST);
        assertThat(pauses.next(Duration.ofSeconds(2)))
                .isBetween(FIRST.multipliedBy(3).dividedBy(2), FIRST.multipliedBy(3));
        for (int i = 0; i < 10; i++) {
            assertThat(pauses.next(Duration.ofMinutes(1)))
                    .isGreaterThan(FIRST)
                    .isLessThanOrEqualTo(Duration.ofMinutes(5));
        }
    }

    @Test
    void theyBeginAnewAfterAStay() {
        for (int i = 0; i < 10; i++) {
            pauses.next(Duration.ZERO);
        }
        assertThat(pauses.next(Duration.ofMinutes(1).plusMillis(1))).isLessThanOrEqualTo(FIRST);
    }
}
