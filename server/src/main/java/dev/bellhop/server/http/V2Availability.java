// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.AvailabilityView;
import dev.bellhop.server.access.Followers;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.health.AgentHealth;
import dev.bellhop.server.health.AgentReport;
import dev.bellhop.server.health.Availability;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VmAccess;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** {@code /api/v2/vps/{vmid}/availability}: whether commands can be run in a VM, and the wait until they can. */
final class V2Availability {
    private static final int LONGEST_WAIT_SECONDS = 60;

    private final VmAccess access;
    private final AgentHealth health;
    private final Keys keys;
    private final Followers followers;
    private final BooleanSupplier serving;
    private final Timeouts timeouts;

    /** @param serving false once the server stops: then nobody is kept waiting */
    V2Availability(
            VmAccess access,
            AgentHealth health,
            Keys keys,
            Followers followers,
            BooleanSupplier serving,
            Timeouts timeouts) {
        this.access = access;
        this.health = health;
        this.keys = keys;
        this.followers = followers;
        this.serving = serving;
        this.timeouts = timeouts;
    }

    List<Route> routes() {
        return List.of(new Route("GET", "/api/v2/vps/{vmid}/availability", UseCase.VM_AVAILABILITY, this::read));
    }

    private Answer read(Call call) {
        VirtualMachine vm = access.find(call.permit(), Parameters.vmid(call)).machine();
        Duration wait = Parameters.seconds(call, "wait", LONGEST_WAIT_SECONDS).orElse(Duration.ZERO);
        Predicate<AgentReport> enough = awaited(call);
        if (wait.isZero()) {
            return answer(vm, health.look(vm, timeouts.state(), timeouts.agent()));
        }
        AgentReport report;
        try (var _ = followers.enter(call.caller())) {
            report = health.await(
                    vm,
                    enough,
                    timeouts.state(),
                    timeouts.agent(),
                    wait,
                    () -> serving.getAsBoolean()
                            && keys.isStillValid(call.caller())
                            && access.sees(call.caller(), vm.id()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            report = health.look(vm, timeouts.state(), timeouts.agent());
        }
        if (!keys.isStillValid(call.caller())) {
            throw Caller.notAccepted();
        }
        // It may have come to another owner meanwhile.
        return answer(access.find(call.permit(), Parameters.vmid(call)).machine(), report);
    }

    /** What ends the wait: that commands can be run, or that it is something else than the caller knows already. */
    private static Predicate<AgentReport> awaited(Call call) {
        Optional<String> known = call.query("while");
        if (known.isEmpty()) {
            return AgentReport::isAvailable;
        }
        Availability already = Arrays.stream(Availability.values())
                .filter(each -> each.wireName().equals(known.get()))
                .findFirst()
                .orElseThrow(() -> Parameters.invalid("while", "An availability, such as silent", Fault.UNKNOWN_VALUE));
        return report -> report.isAvailable() || report.availability() != already;
    }

    private Answer answer(VirtualMachine vm, AgentReport report) {
        AvailabilityView view = new AvailabilityView(
                report.availability().wireName(),
                report.isAvailable() ? null : report.message(),
                health.known(vm, report.vm().power())
                        .filter(known -> known.report().availability() == report.availability())
                        .map(AgentHealth.Known::since)
                        .orElse(null),
                vm.agent().lastAnswered().orElse(null),
                report.version(),
                report.vm().vmRunning());
        return Answer.json(200, view).with(Map.of("Cache-Control", "no-store"));
    }
}
