// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.vm.AvailabilityView;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.guest.Availability;
import dev.bellhop.server.http.Answer;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.VmAvailability;
import dev.bellhop.server.vms.AgentCheck;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** {@code /api/v2/vps/{vmid}/availability}: whether commands can be run in a VM, and the wait until they can. */
public final class V2Availability {
    private static final int MAX_WAIT_SECONDS = 60;

    private final VmAccess access;
    private final VmAvailability availability;

    public V2Availability(VmAccess access, VmAvailability availability) {
        this.access = access;
        this.availability = availability;
    }

    public List<Route> routes() {
        return List.of(new Route("GET", "/api/v2/vps/{vmid}/availability", UseCase.VM_AVAILABILITY, this::read));
    }

    private Answer read(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        Duration wait = Parameters.seconds(call, "wait", MAX_WAIT_SECONDS).orElse(Duration.ZERO);
        return answer(availability.check(vm, wait, awaited(call)));
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

    private static Answer answer(AgentCheck check) {
        AgentReport report = check.report();
        AvailabilityView view = new AvailabilityView(
                report.availability().wireName(),
                report.isAvailable() ? null : report.message(),
                check.since(),
                check.lastAnswered(),
                report.version(),
                report.vm().vmRunning());
        return Answer.json(200, view).with(Map.of("Cache-Control", "no-store"));
    }
}
