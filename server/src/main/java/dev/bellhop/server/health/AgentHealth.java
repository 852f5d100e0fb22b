// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.health;

import dev.bellhop.qga.AgentException;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** What is known of whether commands can be run in the VMs, and how to find out. Thread safe. */
public final class AgentHealth {
    private final Clock clock;
    private final ConcurrentMap<VmId, Known> known = new ConcurrentHashMap<>();

    public AgentHealth(Clock clock) {
        this.clock = clock;
    }

    /**
     * What was found last.
     *
     * @param since when it was first found to be so, without a break since then
     */
    public record Known(AgentReport report, Instant since) {}

    /** Finds out whether commands can be run in a VM now. */
    public AgentReport look(VirtualMachine vm, Duration stateTimeout, Duration agentTimeout) {
        return note(vm, new Diagnosis(vm, before(vm)).look(stateTimeout, agentTimeout));
    }

    /** Why a call to a VM's agent has failed, to stand after "because". Takes some seconds at most. */
    public String why(VirtualMachine vm, AgentException trouble) {
        AgentReport report = new Diagnosis(vm, before(vm)).explain(trouble);
        if (Diagnosis.isTroubleOfTheWay(trouble)) {
            note(vm, report);
        }
        return Objects.requireNonNull(report.why());
    }

    /** What was found last; empty where nothing has been yet. Asks nobody. */
    public Optional<Known> known(VmId vm) {
        return Optional.ofNullable(known.get(vm));
    }

    private Availability before(VirtualMachine vm) {
        Known before = known.get(vm.id());
        return before == null ? Availability.UNKNOWN : before.report.availability();
    }

    private AgentReport note(VirtualMachine vm, AgentReport report) {
        known.compute(
                vm.id(),
                (id, before) -> new Known(
                        report,
                        before != null && before.report.availability() == report.availability()
                                ? before.since
                                : clock.instant()));
        return report;
    }
}
