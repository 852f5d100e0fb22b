// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.SettableClock;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.TestExecutions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What can be counted of executions. */
class ExecutionMetricsTest extends DirectGuest {
    private final SettableClock clock = new SettableClock(Instant.parse("2026-03-01T00:00:00Z"));

    private void oneAtATime(Clock used) {
        executions.close();
        registry.clear();
        executions = new TestEngine(
                store,
                vm,
                new ExecutionSettings(TestExecutions.DIRECT.guests(), new ExecutionLimits(1, 10, 10)),
                used,
                registry,
                execution -> true);
    }

    private Execution submit(ExecutionRequest request) {
        return executions
                .submit(FakeVm.ID, request, null, Duration.ZERO, soon())
                .execution();
    }

    private double gauge(String name) {
        return registry.get(name).gauge().value();
    }

    @Test
    void whatWaitsForItsTurnIsCountedUntilItHasIt() {
        oneAtATime(Clock.systemUTC());
        start(1, "a");
        guest.nextIs(2, "b");
        Execution second = submit(REQUEST);

        assertThat(gauge("bellhop.executions.queued")).isEqualTo(1);
        assertThat(gauge("bellhop.executions.running")).isEqualTo(2);

        guest.end(1);
        eventually().until(() -> stored(second).pid() != null);
        assertThat(gauge("bellhop.executions.queued")).isZero();

        guest.end(2);
        eventually().until(() -> gauge("bellhop.executions.running") == 0);
        assertThat(registry.get("bellhop.executions.ended")
                        .tag("state", "exited")
                        .counter()
                        .count())
                .isEqualTo(2);
    }

    @Test
    void theTimeOfACommandFallsIntoABucket() {
        Execution execution = start(1, "");
        guest.end(1);
        ended(execution);

        eventually()
                .untilAsserted(() -> assertThat(registry.scrape())
                        .containsPattern("(?m)^bellhop_executions_duration_seconds_bucket\\{le=\"86400.0\"\\} 1$")
                        .containsPattern("(?m)^bellhop_executions_duration_seconds_count 1$")
                        .containsPattern("(?m)^# TYPE bellhop_executions_duration_seconds histogram$"));
    }

    @Test
    void theOldestThatWaitsForApprovalTellsForHowLong() {
        oneAtATime(clock);
        assertThat(gauge("bellhop.approvals.oldest.age")).isZero();

        Execution first = submit(REQUEST.withApprovalWithin(Duration.ofDays(1)));
        clock.advance(Duration.ofMinutes(10));
        Execution second = submit(REQUEST.withApprovalWithin(Duration.ofDays(1)));
        clock.advance(Duration.ofMinutes(1));

        assertThat(gauge("bellhop.approvals.pending")).isEqualTo(2);
        assertThat(gauge("bellhop.approvals.oldest.age")).isEqualTo(660);
        assertThat(gauge("bellhop.executions.queued")).isZero();

        executions.reject(first.id(), soon());
        assertThat(gauge("bellhop.approvals.oldest.age")).isEqualTo(60);
        executions.reject(second.id(), soon());
        assertThat(gauge("bellhop.approvals.pending")).isZero();
        assertThat(gauge("bellhop.approvals.oldest.age")).isZero();
    }
}
