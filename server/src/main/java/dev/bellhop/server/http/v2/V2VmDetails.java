// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.VmUsageView;
import dev.bellhop.server.http.Answer;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vm.VmUsage;
import dev.bellhop.server.vms.GuestAnswer;
import dev.bellhop.server.vms.VmUsageNow;
import dev.bellhop.server.vms.Vms;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@code /api/v2/vps/{vmid}/status} and {@code …/agent}: what a VM uses, and what its guest tells of itself. */
public final class V2VmDetails {
    private static final String VM = "/api/v2/vps/{vmid}";
    private static final double MILLIS = 1000;

    private final VmAccess access;
    private final Vms vms;

    public V2VmDetails(VmAccess access, Vms vms) {
        this.access = access;
        this.vms = vms;
    }

    public List<Route> routes() {
        return List.of(
                new Route("GET", VM + "/status", UseCase.VM_USAGE, this::usage),
                new Route("GET", VM + "/agent", UseCase.VM_AGENT, this::agent));
    }

    private Answer usage(Call call) {
        VmId vm = access.find(call.permit(), Parameters.vmid(call)).id();
        VmUsageNow now = vms.usage(vm);
        VmState state = now.state();
        VmUsage usage = now.usage();
        access.visible(call.permit(), Parameters.vmid(call));
        return Answer.json(
                200,
                new VmUsageView(
                        vm.value(),
                        state.power().wireName(),
                        state.vmRunning(),
                        seconds(state.uptime()),
                        state.processId(),
                        usage.cpus(),
                        usage.cpuTime() == null ? null : usage.cpuTime().toMillis() / MILLIS,
                        usage.memoryBytes(),
                        usage.residentBytes(),
                        orAbsent(
                                usage.disks(),
                                disk -> new VmUsageView.Disk(
                                        disk.name(), disk.capacityBytes(), disk.readBytes(), disk.writtenBytes())),
                        orAbsent(
                                usage.networks(),
                                network -> new VmUsageView.Network(
                                        network.name(), network.receivedBytes(), network.sentBytes()))));
    }

    private Answer agent(Call call) {
        GuestAnswer answer =
                vms.report(access.find(call.permit(), Parameters.vmid(call)).id());
        // A guest may take its time, and its VM come to another owner meanwhile.
        access.visible(call.permit(), Parameters.vmid(call));
        return Answer.json(200, AgentViews.of(answer));
    }

    static @Nullable Long seconds(@Nullable Duration uptime) {
        return uptime == null ? null : Math.max(0, uptime.toSeconds());
    }

    /** That a VM has none is told in the same way as that it is not known. */
    private static <T, V> @Nullable List<V> orAbsent(List<T> items, Function<T, V> view) {
        return items.isEmpty() ? null : items.stream().map(view).toList();
    }
}
