// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.server.hypervisor.Hypervisor;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("real")
class QemuVmTest {
    private static final GuestAgentOptions OPTIONS = GuestAgentOptions.defaults();

    @TempDir
    private Path folder;

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30));
    }

    @Test
    void theMonitorTellsStateProcessAndUptime() {
        Path agent = folder.resolve("none.sock");
        try (FakeMonitor monitor = FakeMonitor.start(folder.resolve("m.sock"));
                Hypervisor hypervisor = QemuHypervisor.listed(
                        Map.of(new VmId(1), new VmSockets(agent, monitor.socket(), null)), OPTIONS)) {
            VirtualMachine vm = hypervisor.find(new VmId(1)).orElseThrow();
            VmState state = vm.state(soon());
            assertThat(state.power()).isEqualTo(PowerState.RUNNING);
            assertThat(state.processId()).isEqualTo(ProcessHandle.current().pid());
            assertThat(state.uptime()).isBetween(Duration.ZERO, Duration.ofDays(1));

            monitor.says("");
            VmState silent = vm.state(Deadline.after(Duration.ofMillis(200)));
            assertThat(silent.power()).isEqualTo(PowerState.UNKNOWN);
            assertThat(silent.processId()).as("known all the same").isNotNull();

            monitor.state("shutdown");
            assertThat(vm.state(soon())).isEqualTo(VmState.of(PowerState.STOPPED));
            monitor.end();
            assertThat(vm.state(soon())).isEqualTo(VmState.of(PowerState.STOPPED));
        }
    }

    @Test
    void withoutAMonitorTheAgentSocketTells() throws Exception {
        try (RealAgent agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
                Hypervisor hypervisor = QemuHypervisor.listed(
                        Map.of(new VmId(1), new VmSockets(agent.socket(), null, null)), OPTIONS)) {
            VirtualMachine vm = hypervisor.find(new VmId(1)).orElseThrow();
            assertThat(vm.state(soon())).isEqualTo(VmState.of(PowerState.RUNNING));
            vm.agent().ping(soon());
            assertThat(vm.state(soon())).isEqualTo(VmState.of(PowerState.RUNNING));
            agent.kill();
            assertThat(vm.state(soon())).isEqualTo(VmState.of(PowerState.STOPPED));
        }
    }

    /** What a QEMU 10 says of its devices, one of them this. */
    private static String devices(String filename, boolean open) {
        return FakeMonitor.GREETING + FakeMonitor.EMPTY + "{\"return\": [{\"frontend-open\": " + open
                + ", \"filename\": \"" + filename + "\", \"label\": \"c0\"}, {\"frontend-open\": true,"
                + " \"filename\": \"vc\", \"label\": \"serial0\"}]}\r\n";
    }

    @Test
    void theMonitorTellsWhetherTheAgentsChannelIsOpen() throws Exception {
        Path agent = folder.resolve("5.qga");
        try (FakeMonitor monitor = FakeMonitor.start(folder.resolve("m.sock"));
                Hypervisor hypervisor = QemuHypervisor.listed(
                        Map.of(new VmId(1), new VmSockets(agent, monitor.socket(), null)), OPTIONS)) {
            VirtualMachine vm = hypervisor.find(new VmId(1)).orElseThrow();
            monitor.says(devices("disconnected:unix:" + agent + ",server=on", false));
            assertThat(vm.channel(soon())).isEqualTo(AgentChannel.CLOSED);
            monitor.says(devices("unix:" + agent + ",server=on", true));
            assertThat(vm.channel(soon())).isEqualTo(AgentChannel.OPEN);
            monitor.says(devices("unix:" + agent + "x,server=on", true));
            assertThat(vm.channel(soon())).isEqualTo(AgentChannel.NOT_CONFIGURED);
            Files.createFile(agent);
            assertThat(vm.channel(soon()))
                    .as("there is something, by another name")
                    .isEqualTo(AgentChannel.UNKNOWN);
            monitor.state("running");
            assertThat(vm.channel(soon())).isEqualTo(AgentChannel.UNKNOWN);
            monitor.end();
            assertThat(vm.channel(soon())).isEqualTo(AgentChannel.UNKNOWN);
        }
    }

    /** Callers queue for the one channel there is, so all of them must be given the same agent. */
    @Test
    void aVmIsTheSameObjectEachTime() throws Exception {
        Files.createFile(folder.resolve("5.qga"));
        try (Hypervisor hypervisor = QemuHypervisor.matching(
                PathPattern.parse(folder + "/{vmid}.qga").orElseThrow(), null, null, OPTIONS)) {
            VirtualMachine vm = hypervisor.find(new VmId(5)).orElseThrow();
            Files.delete(folder.resolve("5.qga"));
            assertThat(hypervisor.find(new VmId(5)).orElseThrow()).isSameAs(vm);
            assertThat(hypervisor.find(new VmId(6))).isEmpty();
        }
    }

    @Test
    void whereTwoHypervisorsHaveAVmTheFirstHasIt() {
        Path one = folder.resolve("one.sock");
        QemuHypervisor first = QemuHypervisor.listed(Map.of(new VmId(1), new VmSockets(one, null, null)), OPTIONS);
        QemuHypervisor second = QemuHypervisor.listed(
                Map.of(new VmId(1), new VmSockets(one, null, null), new VmId(2), new VmSockets(one, null, null)),
                OPTIONS);
        try (VmDirectory directory = new VmDirectory(List.of(first, second))) {
            assertThat(directory.vms()).containsExactly(new VmId(1), new VmId(2));
            assertThat(directory.find(new VmId(1)))
                    .hasValueSatisfying(vm ->
                            assertThat(vm).isSameAs(first.find(new VmId(1)).orElseThrow()));
            assertThat(directory.find(new VmId(2))).isPresent();
            assertThat(directory.find(new VmId(3))).isEmpty();
        }
    }
}
