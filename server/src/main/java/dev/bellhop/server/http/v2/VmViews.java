// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.vm.AvailabilityView;
import dev.bellhop.api.v2.vm.VmAgent;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.api.v2.vm.VmUsageView;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.service.vm.VmReads.ShownVm;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vm.VmUsage;
import dev.bellhop.server.vms.AgentCheck;
import dev.bellhop.server.vms.VmOverview;
import dev.bellhop.server.vms.VmUsageNow;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** VMs as v2 shows them. Unknown values are omitted. */
final class VmViews {
    private static final double MILLIS = 1000;

    private VmViews() {}

    static VmSummary summary(ShownVm shown) {
        VmOverview vm = shown.vm();
        VmState state = vm.state();
        AgentCheck agent = vm.agent();
        return new VmSummary(
                vm.id().value(),
                vm.name() == null ? null : vm.name().text(),
                state.power().wireName(),
                state.unknownBecause() == null
                        ? null
                        : "Cannot tell what the VM is doing because " + state.unknownBecause(),
                shown.owner().accountId(),
                seconds(state.uptime()),
                agent == null ? null : agent(agent),
                vm.os(),
                vm.addresses().isEmpty() ? null : vm.addresses());
    }

    private static VmAgent agent(AgentCheck check) {
        AgentReport report = check.report();
        return new VmAgent(
                report.isAvailable(),
                report.availability().wireName(),
                whyNot(report),
                check.since(),
                report.version());
    }

    static AvailabilityView availability(AgentCheck check) {
        AgentReport report = check.report();
        return new AvailabilityView(
                report.availability().wireName(),
                whyNot(report),
                check.since(),
                check.lastAnswered(),
                report.version(),
                report.vm().vmRunning());
    }

    /** Returns why commands cannot be run, for people to read. */
    static @Nullable String whyNot(AgentReport report) {
        return report.isAvailable() ? null : report.message();
    }

    static VmUsageView usage(VmId vm, VmUsageNow now) {
        VmState state = now.state();
        VmUsage usage = now.usage();
        return new VmUsageView(
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
                        network ->
                                new VmUsageView.Network(network.name(), network.receivedBytes(), network.sentBytes())));
    }

    private static @Nullable Long seconds(@Nullable Duration uptime) {
        return uptime == null ? null : Math.max(0, uptime.toSeconds());
    }

    /** Omits an empty list, like an unknown one. */
    private static <T, V> @Nullable List<V> orAbsent(List<T> items, Function<T, V> view) {
        return items.isEmpty() ? null : items.stream().map(view).toList();
    }
}
