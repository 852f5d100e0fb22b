// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Counts the commands sent to agents by name (about twenty names). Thread safe. */
public final class AgentCallMetrics implements Consumer<String> {
    private final MeterRegistry registry;
    private final Map<String, Counter> counters = new ConcurrentHashMap<>();

    public AgentCallMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void accept(String call) {
        counters.computeIfAbsent(call, this::register).increment();
    }

    private Counter register(String call) {
        return Counter.builder("bellhop.agent.calls")
                .description("Calls sent to guest agents")
                .tag("call", call)
                .register(registry);
    }
}
