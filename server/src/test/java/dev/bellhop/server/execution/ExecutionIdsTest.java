// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.SettableClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExecutionIdsTest {
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00.123Z");

    private static void strictlyAscend(List<ExecutionId> ids) {
        for (int i = 1; i < ids.size(); i++) {
            assertThat(ids.get(i)).isGreaterThan(ids.get(i - 1));
            // As the database compares them.
            assertThat(ids.get(i).toString()).isGreaterThan(ids.get(i - 1).toString());
        }
    }

    @Test
    void anIdIsAUuidOfVersion7ThatHoldsItsTime() {
        ExecutionId id = new ExecutionIds(new SettableClock(NOW)).next();

        assertThat(id.value().version()).isEqualTo(7);
        assertThat(id.value().variant()).isEqualTo(2);
        assertThat(id.value().getMostSignificantBits() >>> 16).isEqualTo(NOW.toEpochMilli());
    }

    @Test
    void idsOfOneMillisecondAscendAndCarryIntoTheNext() {
        ExecutionIds ids = new ExecutionIds(new SettableClock(NOW));
        List<ExecutionId> given = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            given.add(ids.next());
        }
        strictlyAscend(given);
    }

    @Test
    void idsAscendWhenTheClockIsSetBack() {
        SettableClock clock = new SettableClock(NOW);
        ExecutionIds ids = new ExecutionIds(clock);
        List<ExecutionId> given = new ArrayList<>();
        for (Duration step : List.of(Duration.ZERO, Duration.ofHours(-1), Duration.ofDays(-400), Duration.ofDays(3))) {
            clock.advance(step);
            given.add(ids.next());
            given.add(ids.next());
        }
        strictlyAscend(given);
    }

    @Test
    void idsGoOnAfterThoseOfAServerWithAFasterClock() {
        ExecutionIds ahead = new ExecutionIds(new SettableClock(NOW.plus(Duration.ofDays(1))));
        ahead.next();
        ExecutionId last = ahead.next();
        ExecutionIds ids = new ExecutionIds(new SettableClock(NOW));
        ids.continueAfter(last);

        strictlyAscend(List.of(last, ids.next(), ids.next()));
    }

    @Test
    void idsOfManyThreadsAreUniqueAndAscendInEach() throws Exception {
        ExecutionIds ids = new ExecutionIds(Clock.systemUTC());
        Set<ExecutionId> all = new HashSet<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
            Callable<List<ExecutionId>> many = () -> {
                List<ExecutionId> given = new ArrayList<>();
                for (int i = 0; i < 5000; i++) {
                    given.add(ids.next());
                }
                return given;
            };
            for (var given : pool.invokeAll(java.util.Collections.nCopies(8, many))) {
                strictlyAscend(given.get());
                all.addAll(given.get());
            }
        }
        assertThat(all).hasSize(40_000);
    }

    @Test
    void idsAreComparedWithoutASign() {
        ExecutionId small = new ExecutionId(new UUID(1, 1));
        ExecutionId large = new ExecutionId(new UUID(-1, 1));
        ExecutionId larger = new ExecutionId(new UUID(-1, -1));

        assertThat(List.of(larger, small, large).stream().sorted()).containsExactly(small, large, larger);
    }

    @Test
    void anIdIsReadInEitherCase() {
        ExecutionId id = new ExecutionIds(Clock.systemUTC()).next();

        assertThat(ExecutionId.parse(id.toString())).hasValue(id);
        assertThat(ExecutionId.parse(id.toString().toUpperCase(java.util.Locale.ROOT)))
                .hasValue(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1-1-1-1-1",
                "019c1379-5a10-7cc3-8d25-6f1f7f3f2c0",
                "019c1379-5a10-7cc3-8d25-6f1f7f3f2c012",
                "{019c1379-5a10-7cc3-8d25-6f1f7f3f2c01}",
                " 019c1379-5a10-7cc3-8d25-6f1f7f3f2c01",
                "019c13795a107cc38d256f1f7f3f2c01",
                "019c1379-5a10-7cc3-8d25-6f1f7f3f2c0g",
                "019c1379-5a10-7cc3-8d25-6f1f7f3f2c0\u0661"
            })
    void nothingElseIsAnId(String text) {
        assertThat(ExecutionId.parse(text)).isEqualTo(Optional.empty());
    }
}
