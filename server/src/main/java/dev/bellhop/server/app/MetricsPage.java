// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.function.Supplier;

/**
 * All metrics as text. Meters that only read what is there anyway are made when somebody asks for them first: that takes tens of
 * milliseconds, which a server that starts has not got. Thread safe.
 */
final class MetricsPage implements Supplier<String> {
    private final PrometheusMeterRegistry registry;

    /** Those whose meters are not made yet. Guarded by this. */
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
