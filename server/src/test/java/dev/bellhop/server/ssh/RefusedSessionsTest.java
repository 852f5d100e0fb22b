// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RefusedSessionsTest {
    private final AtomicLong nanos = new AtomicLong();
    private final RefusedSessions<Integer> refused = new RefusedSessions<>(nanos::get);

    @Test
    void aFewWaitForTheReasonAndNotForLong() {
        for (int i = 0; i < RefusedSessions.PLACES; i++) {
            assertThat(refused.add(i, "reason " + i)).isTrue();
        }
        assertThat(refused.add(99, "none")).as("no place").isFalse();
        assertThat(refused.reason(7)).hasValue("reason 7");
        assertThat(refused.reason(99)).isEmpty();

        refused.remove(7);
        assertThat(refused.reason(7)).isEmpty();
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(refused.add(99, "late")).isTrue();
        assertThat(refused.overdue()).isEmpty();
        nanos.addAndGet(Duration.ofMillis(1_500).toNanos());
        assertThat(refused.overdue()).hasSize(RefusedSessions.PLACES - 1).doesNotContain(7, 99);
    }
}
