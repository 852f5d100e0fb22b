// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private static final RandomGenerator LOWEST = () -> 0;
    private static final RandomGenerator HIGHEST = () -> -1;

    private final Backoff backoff = Backoff.doubling(Duration.ofMillis(100), Duration.ofSeconds(2));

    @Test
    void pausesDoubleUpToTheMaximum() {
        assertThat(IntStream.range(0, 7)
                        .mapToObj(failures -> backoff.pause(failures, LOWEST).toMillis()))
                .containsExactly(100L, 200L, 400L, 800L, 1600L, 2000L, 2000L);
        assertThat(backoff.pause(Integer.MAX_VALUE, LOWEST)).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void aPauseIsUpToAFifthShorter() {
        assertThat(backoff.pause(0, HIGHEST)).isBetween(Duration.ofMillis(80), Duration.ofMillis(81));
        Random random = new Random(1);
        assertThat(IntStream.range(0, 1_000).mapToObj(i -> backoff.pause(9, random)))
                .allSatisfy(pause -> assertThat(pause).isBetween(Duration.ofMillis(1_600), Duration.ofSeconds(2)))
                .anyMatch(pause -> pause.toMillis() < 1_650)
                .anyMatch(pause -> pause.toMillis() > 1_950);
    }

    @Test
    void withoutJitterAPauseIsExact() {
        Backoff exact = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(9), 3, 0);

        assertThat(IntStream.range(0, 4).mapToObj(exact::pause).map(Duration::toSeconds))
                .containsExactly(1L, 3L, 9L, 9L);
    }

    @Test
    void whatIsNoBackoffIsRefused() {
        Duration second = Duration.ofSeconds(1);
        assertThatIllegalArgumentException().isThrownBy(() -> Backoff.doubling(Duration.ZERO, second));
        assertThatIllegalArgumentException().isThrownBy(() -> Backoff.doubling(second, Duration.ofMillis(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> new Backoff(second, second, 0.5, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Backoff(second, second, 1, 1.5));
    }
}
