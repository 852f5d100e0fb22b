// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/**
 * Counts messages by their kind and by what became of them, and times them. Kinds and outcomes are few, and none is taken from what
 * the other side sent. Thread safe.
 */
public final class MessageTimers {
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(5), Duration.ofMillis(50), Duration.ofMillis(500), Duration.ofSeconds(5)
    };

    private final MeterRegistry registry;
    private final String name;
    private final String description;
    private final ConcurrentMap<Series, Timer> timers = new ConcurrentHashMap<>();

    private record Series(String kind, String outcome) {}

    /**
     * Has no meters yet.
     *
     * @param name of the meters, such as {@code bellhop.cluster.orders}
     */
    public MessageTimers(MeterRegistry registry, String name, String description) {
        this.registry = registry;
        this.name = name;
        this.description = description;
    }

    /** Shows from now on that there was none of these: a first one that comes with its meter is in no rate. */
    public void expect(String kind, String outcome) {
        var _ = timer(new Series(kind, outcome));
    }

    /**
     * Counts one.
     *
     * @param begun when it was sent, or arrived, of {@link System#nanoTime}
     */
    public void ended(String kind, String outcome, long begun) {
        timer(new Series(kind, outcome)).record(System.nanoTime() - begun, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Series series) {
        Timer timer = timers.get(series);
        return timer != null ? timer : timers.computeIfAbsent(series, this::register);
    }

    private Timer register(Series series) {
        return Timer.builder(name)
                .description(description)
                .tag("kind", series.kind)
                .tag("outcome", series.outcome)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }
}
