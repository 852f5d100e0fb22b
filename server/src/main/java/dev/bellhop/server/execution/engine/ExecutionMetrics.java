// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What operators can count of executions. No VM, key or command is a label: these numbers are about the server. */
public final class ExecutionMetrics {
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(10),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(15),
        Duration.ofMinutes(1),
        Duration.ofMinutes(5),
        Duration.ofMinutes(15),
        Duration.ofHours(1),
        Duration.ofHours(6),
        Duration.ofDays(1)
    };

    private final MeterRegistry registry;
    private final Counter started;
    private final Timer duration;
    private final Map<ExecutionState, Counter> ended = new EnumMap<>(ExecutionState.class);

    public ExecutionMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.started = Counter.builder("bellhop.executions.started")
                .description("Commands that a guest has given a pid for")
                .register(registry);
        this.duration = Timer.builder("bellhop.executions.duration")
                .description("From a command's start to its known end")
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
        for (ExecutionState state : ExecutionState.values()) {
            if (state.isFinal()) {
                ended.put(
                        state,
                        Counter.builder("bellhop.executions.ended")
                                .description("Executions by the state they ended in")
                                .tag("state", state.wireName())
                                .register(registry));
            }
        }
    }

    void watch(LiveExecutions executions, Admission admission, InstantSource clock) {
        Gauge.builder("bellhop.executions.running", executions::size)
                .description("Executions that have not ended, with those that wait for their turn or for approval")
                .register(registry);
        Gauge.builder("bellhop.executions.queued", admission::queued)
                .description("Executions that wait for their turn, because as many run as may")
                .register(registry);
        Gauge.builder(
                        "bellhop.approvals.pending",
                        () -> executions.approvalsAwaitedSince().count())
                .description("Executions that wait for approval")
                .register(registry);
        Gauge.builder(
                        "bellhop.approvals.oldest.age",
                        () -> executions
                                .approvalsAwaitedSince()
                                .min(Comparator.naturalOrder())
                                .map(since -> seconds(Duration.between(since, clock.instant())))
                                .orElse(0.0))
                .description(
                        "For how long the execution waits that has waited for approval the longest; 0 if none does")
                .baseUnit("seconds")
                .register(registry);
    }

    private static double seconds(Duration time) {
        return Math.max(0, time.toMillis()) / 1_000.0;
    }

    void started() {
        started.increment();
    }

    /** @param ran how long it did, where this server has started it: the clock may have been set since */
    void ended(Execution execution, @Nullable Duration ran) {
        Counter counter = ended.get(execution.state());
        if (counter != null) {
            counter.increment();
        }
        Instant from = execution.startedAt();
        Instant to = execution.finishedAt();
        if (from != null && to != null) {
            duration.record(ran == null ? Duration.between(from, to) : ran);
        }
    }
}
