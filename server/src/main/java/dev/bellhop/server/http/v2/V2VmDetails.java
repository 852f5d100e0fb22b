// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.vm.VmUsageView;
import dev.bellhop.server.http.Answer;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.VmReads;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vm.VmUsage;
import dev.bellhop.server.vms.VmUsageNow;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@code /api/v2/vps/{vmid}/status} and {@code …/agent}: what a VM uses, and what its guest tells of itself. */
public final class V2VmDetails {
    private static final String VM = "/api/v2/vps/{vmid}";
    private static final double MILLIS = 1000;

    private final VmAccess access;
    private final VmReads reads;

    public V2VmDetails(VmAccess access, VmReads reads) {
        this.access = access;
        this.reads = reads;
    }

    public List<Route> routes() {
        return List.of(
                new Route("GET", VM + "/status", UseCase.VM_USAGE, this::usage),
                new Route("GET", VM + "/agent", UseCase.VM_AGENT, this::agent));
    }

    private Answer usage(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        VmUsageNow now = reads.usage(vm);
        VmState state = now.state();
        VmUsage usage = now.usage();
        return Answer.json(
                200,
                new VmUsageView(
                        vm.id().value(),
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
        return Answer.json(200, AgentViews.of(reads.report(access.find(call.permit(), Parameters.vmid(call)))));
    }

    static @Nullable Long seconds(@Nullable Duration uptime) {
        return uptime == null ? null : Math.max(0, uptime.toSeconds());
    }

    /** That a VM has none is told in the same way as that it is not known. */
    private static <T, V> @Nullable List<V> orAbsent(List<T> items, Function<T, V> view) {
        return items.isEmpty() ? null : items.stream().map(view).toList();
    }
}
