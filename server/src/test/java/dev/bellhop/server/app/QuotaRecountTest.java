// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class QuotaRecountTest {
    private long now;
    private long takes;
    private int counted;
    private final QuotaRecount recount = new QuotaRecount(this::count, () -> now);

    private void count() {
        counted++;
        now += takes;
    }

    private int after(Duration time) {
        now += time.toNanos();
        recount.attempt(QuotaRecount.PERIOD);
        return counted;
    }

    @Test
    void itIsDoneOnceInAPeriodAndMoreSeldomWhereItTakesLong() {
        assertThat(after(Duration.ofSeconds(9))).isZero();
        takes = Duration.ofSeconds(3).toNanos();
        assertThat(after(Duration.ofSeconds(1))).isEqualTo(1);
        assertThat(after(Duration.ofSeconds(59))).isEqualTo(1);
        assertThat(after(Duration.ofSeconds(1))).isEqualTo(2);
    }

    @Test
    void itIsDoneSoonerWhereThereIsTooMuch() {
        now += Duration.ofSeconds(2).toNanos();
        recount.attempt(QuotaRecount.PERIOD_WHEN_EXCEEDED);
        assertThat(counted).isEqualTo(1);
    }
}
