// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.vm.AssignVm;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.guest.Availability;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.admin.VmOwnership;
import dev.bellhop.server.service.vm.VmReads;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/** {@code /api/v2/vps}: the VMs a key sees, their owners, their resources, and whether they can run commands. */
public record V2Vms(VmAccess access, VmReads reads, VmOwnership ownership) {
    private static final String PATH = "/api/v2/vps";
    private static final String VM = PATH + "/{vmid}";
    private static final int MAX_WAIT_SECONDS = 60;

    public List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.VM_LIST, this::list).query("name", "limit", "cursor"),
                new Route("GET", VM, UseCase.VM_FIND, call -> json(VmViews.summary(reads.find(find(call))))),
                new Route("GET", VM + "/status", UseCase.VM_USAGE, this::usage),
                new Route(
                        "GET", VM + "/agent", UseCase.VM_AGENT, call -> json(AgentViews.of(reads.report(find(call))))),
                new Route("GET", VM + "/availability", UseCase.VM_AVAILABILITY, this::availability)
                        .query("wait", "while"),
                new Route("POST", VM + "/actions/assign", UseCase.VM_ASSIGN, this::assign),
                new Route("POST", VM + "/actions/unassign", UseCase.VM_UNASSIGN, this::unassign).withoutFields());
    }

    private VisibleVm find(Call call) {
        return access.find(call.permit(), Parameters.vmid(call));
    }

    private static HttpResponse.Whole json(Object body) {
        return HttpResponse.json(200, body);
    }

    private HttpResponse list(Call call) {
        VmName name = call.query("name")
                .map(text -> VmName.parse(text).orElseThrow(V2Vms::noName))
                .orElse(null);
        List<VmId> visible = reads.list(call.permit(), name);
        return json(Paging.of(call, "vps")
                .page(
                        visible,
                        V2Vms::position,
                        ids -> reads.show(call.permit(), ids).stream()
                                .map(VmViews::summary)
                                .toList()));
    }

    private static BellhopException noName() {
        return Parameters.invalid(
                "name", "The name of a VM, of 1 to " + VmName.MAX_LENGTH + " characters", Fault.OUT_OF_RANGE);
    }

    /** Pads the id to a fixed width, so the order of the text is the order of the numbers. */
    private static String position(VmId id) {
        return String.format(Locale.ROOT, "%019d", id.value());
    }

    private HttpResponse usage(Call call) {
        VisibleVm vm = find(call);
        return json(VmViews.usage(vm.id(), reads.usage(vm)));
    }

    private HttpResponse availability(Call call) {
        VisibleVm vm = find(call);
        Duration wait = Parameters.seconds(call, "wait", MAX_WAIT_SECONDS).orElse(Duration.ZERO);
        return json(VmViews.availability(reads.availability(vm, wait, awaited(call))));
    }

    /**
     * Returns the condition that ends the wait: commands can be run, or the availability differs from the one the
     * caller knows.
     */
    private static Predicate<AgentReport> awaited(Call call) {
        Optional<Availability> known = Parameters.word(call, "while", V2Vms::parse, "An availability, such as silent");
        return report -> report.isAvailable()
                || known.filter(it -> it != report.availability()).isPresent();
    }

    private static Optional<Availability> parse(String wireName) {
        return Arrays.stream(Availability.values())
                .filter(each -> each.wireName().equals(wireName))
                .findFirst();
    }

    private HttpResponse assign(Call call) {
        VmId vm = Parameters.vmid(call);
        ownership.assign(call.permit(), vm, call.strictBody(AssignVm.class).account());
        return HttpResponse.noContent();
    }

    private HttpResponse unassign(Call call) {
        ownership.unassign(call.permit(), Parameters.vmid(call));
        return HttpResponse.noContent();
    }
}
