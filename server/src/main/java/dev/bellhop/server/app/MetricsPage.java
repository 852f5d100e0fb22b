// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.function.Supplier;

/**
 * All metrics as text. Meters that only read existing values are created at the first scrape: that takes tens of
 * milliseconds, which would slow down the server's start. Thread safe.
 */
final class MetricsPage implements Supplier<String> {
    private final PrometheusMeterRegistry registry;

    /** Parts without meters so far. Guarded by this. */
    private List<MeterBinder> parts;

    MetricsPage(PrometheusMeterRegistry registry, List<MeterBinder> parts) {
        this.registry = registry;
        this.parts = List.copyOf(parts);
    }

    @Override
    public String get() {
        bind();
        return registry.scrape();
    }

    private synchronized void bind() {
        parts.forEach(part -> part.bindTo(registry));
        parts = List.of();
    }
}
