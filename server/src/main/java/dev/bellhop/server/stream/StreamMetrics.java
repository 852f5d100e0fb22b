// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.server.stream.StreamUnavailableException.Reason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;

/** Metrics of streams for operators. */
final class StreamMetrics {
    private final Counter plugs;
    private final Counter commands;
    private final Map<Reason, Counter> refused = new EnumMap<>(Reason.class);

    StreamMetrics(MeterRegistry registry, Supplier<Number> open, Supplier<Number> channels) {
        Gauge.builder("bellhop.streams", open)
                .description("Streams into guests that are open, used or idle")
                .register(registry);
        Gauge.builder("bellhop.streams.channels", channels)
                .description("Commands, terminals, connections and files that are open on them")
                .register(registry);
        plugs = Counter.builder("bellhop.streams.opened")
                .description("Streams that were opened: each plugs a port into a VM, or takes one of its definition")
                .register(registry);
        commands = Counter.builder("bellhop.streams.commands")
                .description("Commands that were started over a stream, and not by the guest's agent")
                .register(registry);
        for (Reason reason : Reason.values()) {
            refused.put(
                    reason,
                    Counter.builder("bellhop.streams.refused")
                            .description("Streams that were wanted and could not be had, by the reason")
                            .tag("reason", reason.wireName())
                            .register(registry));
        }
    }

    void opened() {
        plugs.increment();
    }

    void commandStarted() {
        commands.increment();
    }

    void refused(Reason reason) {
        Counter counter = refused.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }
}
