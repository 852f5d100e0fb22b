// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Counts the VMs in each state, from the last findings, without queries. It recounts only after new findings, so all
 * gauges of one scrape share one pass over the VMs. Thread safe.
 */
final class VmCounts {
    private final AgentHealth health;
    private final Set<VmId> vms;
    private volatile Counted last = new Counted(-1, Map.of(), Map.of());

    /** @param revision of the findings at the time of the count */
    private record Counted(long revision, Map<PowerState, Integer> vms, Map<Availability, Integer> agents) {}

    /** @param vms the existing VMs; a concurrent set */
    VmCounts(AgentHealth health, Set<VmId> vms) {
        this.health = health;
        this.vms = vms;
    }

    void bindTo(MeterRegistry registry) {
        for (PowerState power : PowerState.values()) {
            Gauge.builder("bellhop.vms", () -> counted().vms.getOrDefault(power, 0))
                    .description("VMs by what they were doing when the server looked last")
                    .tag("power", power.wireName())
                    .register(registry);
        }
        for (Availability state : Availability.values()) {
            Gauge.builder("bellhop.vm.agents", () -> counted().agents.getOrDefault(state, 0))
                    .description(
                            "VMs by whether commands could be run in them when the server looked last, and why not")
                    .tag("state", state.wireName())
                    .register(registry);
        }
    }

    private Counted counted() {
        long revision = health.revision();
        Counted counted = last;
        if (counted.revision != revision) {
            counted = count(revision);
            last = counted;
        }
        return counted;
    }

    /** @param revision from before the count: findings during it count the next time */
    private Counted count(long revision) {
        Map<PowerState, Integer> byPower = new EnumMap<>(PowerState.class);
        Map<Availability, Integer> byAgent = new EnumMap<>(Availability.class);
        for (VmId vm : vms) {
            Optional<AgentReport> known = health.last(vm).map(AgentHealth.Known::report);
            byPower.merge(known.map(report -> report.vm().power()).orElse(PowerState.UNKNOWN), 1, Integer::sum);
            byAgent.merge(known.map(AgentReport::availability).orElse(Availability.UNKNOWN), 1, Integer::sum);
        }
        return new Counted(revision, byPower, byAgent);
    }
}
