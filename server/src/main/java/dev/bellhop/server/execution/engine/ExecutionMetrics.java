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
import java.util.EnumMap;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** What operators can count of executions. No VM, key or command is a label: these numbers are about the server. */
public final class ExecutionMetrics {
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

    void watchRunning(IntSupplier running) {
        Gauge.builder("bellhop.executions.running", running::getAsInt)
                .description("Executions that are followed now")
                .register(registry);
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
