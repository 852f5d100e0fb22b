// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DeadlineTest {

    @Test
    void whatRemainsIsNeverNegative() {
        Deadline passed = new Deadline(System.nanoTime() - 1_000_000_000);
        assertThat(passed.remaining()).isZero();
        assertThat(passed.hasPassed()).isTrue();
    }

    @Test
    void noTimeOrLessHasPassedAtOnce() {
        assertThat(Deadline.after(Duration.ZERO).hasPassed()).isTrue();
        assertThat(Deadline.after(Duration.ofDays(-1)).hasPassed()).isTrue();
    }

    @Test
    void aVeryLongTimeDoesNotWrapAround() {
        Deadline deadline = Deadline.after(Duration.ofSeconds(Long.MAX_VALUE));
        assertThat(deadline.hasPassed()).isFalse();
        assertThat(deadline.remaining()).isBetween(Duration.ofDays(364), Duration.ofDays(365));
    }
}
