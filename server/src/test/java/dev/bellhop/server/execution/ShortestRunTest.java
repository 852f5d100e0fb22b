// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ShortestRunTest {
    private final ShortestRun shortest = new ShortestRun();

    @Test
    void isNotKnownAtFirst() {
        assertThat(shortest.duration()).isZero();
    }

    @Test
    void isTheShortestSeen() {
        shortest.saw(Duration.ofMillis(3));
        shortest.saw(Duration.ofMillis(2));
        assertThat(shortest.duration()).isEqualTo(Duration.ofMillis(2));
    }

    @Test
    void isLearnedAnewWhereAGuestHasBecomeSlower() {
        shortest.saw(Duration.ofMillis(2));
        for (int i = 0; i < 100; i++) {
            shortest.saw(Duration.ofMillis(40));
        }
        assertThat(shortest.duration()).isEqualTo(Duration.ofMillis(40));
    }

    @Test
    void isNotThatOfCommandsThatHaveSomethingToDo() {
        shortest.saw(Duration.ofMillis(2));
        for (int i = 0; i < 100; i++) {
            shortest.saw(Duration.ofSeconds(10));
        }
        assertThat(shortest.duration()).isEqualTo(Duration.ofMillis(2));
    }
}
