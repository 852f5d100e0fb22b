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
 * How many VMs are in each state, as each was seen last; nobody is asked. They are counted anew only if something was found out
 * since, so that all gauges of one scrape cost one look through the VMs. Thread safe.
 */
final class VmCounts {
    private final AgentHealth health;
    private final Set<VmId> vms;
    private volatile Counted last = new Counted(-1, Map.of(), Map.of());

    /** @param revision of what was known when they were counted */
    private record Counted(long revision, Map<PowerState, Integer> vms, Map<Availability, Integer> agents) {}

    /** @param vms those there are; a set that many threads may change meanwhile */
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

    /** @param revision as it was before: what is found out meanwhile is counted the next time */
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
