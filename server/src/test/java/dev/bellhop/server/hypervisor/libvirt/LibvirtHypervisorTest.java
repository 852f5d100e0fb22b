// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmPower;
import dev.bellhop.server.hypervisor.VmPower.Switch;
import dev.bellhop.server.hypervisor.VmPowerException;
import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On libvirt's test driver: one domain, "test", which has no agent. */
@Tag("real")
class LibvirtHypervisorTest {
    private static final VmId VM = new VmId(10000);
    private static final Deadline DEADLINE = Deadline.after(Duration.ofMinutes(2));

    private static final int DOMAINS = 300;

    @TempDir
    Path folder;

    private LibvirtHypervisor start(String uri, Map<VmId, String> configured) throws Exception {
        return LibvirtHypervisor.start(
                uri,
                configured,
                AssignedVmids.read(folder.resolve(AssignedVmids.FILE)),
                GuestAgentOptions.defaults(),
                null);
    }

    /** It has looked once when it has started. */
    private static VirtualMachine found(LibvirtHypervisor hypervisor, VmId id) {
        return hypervisor.find(id).orElseThrow();
    }

    @Test
    void aDomainIsFoundWithItsStateChannelAndUsage() throws Exception {
        try (LibvirtHypervisor hypervisor = start("test:///default", Map.of(VM, "test"))) {
            VirtualMachine vm = found(hypervisor, VM);
            assertThat(hypervisor.isUp()).contains(true);
            assertThat(hypervisor.vms()).containsExactly(VM);
            assertThat(vm.state(DEADLINE).power()).isEqualTo(PowerState.RUNNING);
            assertThat(vm.state(DEADLINE).processId()).isNull();
            assertThat(vm.name()).contains(new VmName("test"));
            assertThat(vm.channel(DEADLINE)).isEqualTo(AgentChannel.NOT_CONFIGURED);
            assertThat(hypervisor.find(VM)).containsSame(vm);
            assertThat(hypervisor.find(new VmId(1))).isEmpty();
        }
    }

    @Test
    void switchingIsToldToListeners() throws Exception {
        try (LibvirtHypervisor hypervisor = start("test:///default", Map.of(VM, "test"))) {
            VirtualMachine vm = found(hypervisor, VM);
            BlockingQueue<VmId> told = new LinkedBlockingQueue<>();
            VmPower power = vm.power().orElseThrow();
            hypervisor.listen(told::add);
            power.press(Switch.STOP, DEADLINE);
            assertThat(told.poll(1, TimeUnit.MINUTES)).isEqualTo(VM);
            assertThat(vm.state(DEADLINE).power()).isEqualTo(PowerState.STOPPED);
            assertThatThrownBy(() -> power.press(Switch.STOP, DEADLINE))
                    .isInstanceOfSatisfying(
                            VmPowerException.class, e -> assertThat(e.kind()).isEqualTo(VmPowerException.Kind.REFUSED));
            told.clear();
            power.press(Switch.START, DEADLINE);
            assertThat(told.poll(1, TimeUnit.MINUTES)).isEqualTo(VM);
            assertThat(vm.state(DEADLINE).power()).isEqualTo(PowerState.RUNNING);
        }
    }

    @Test
    void whatIsLookedAtAnywayAndHasNotChangedIsNotTold() throws Exception {
        try (LibvirtHypervisor hypervisor = LibvirtHypervisor.start(
                "test:///default",
                Map.of(VM, "test"),
                AssignedVmids.read(folder.resolve(AssignedVmids.FILE)),
                GuestAgentOptions.defaults(),
                null,
                Duration.ofMillis(10))) {
            found(hypervisor, VM);
            Awaitility.await().until(() -> hypervisor.looks() > 1);
            BlockingQueue<VmId> told = new LinkedBlockingQueue<>();
            hypervisor.listen(told::add);
            int looks = hypervisor.looks();
            Awaitility.await().until(() -> hypervisor.looks() > looks + 2);
            assertThat(told).isEmpty();
        }
    }

    @Test
    void aDomainThatIsGoneIsOff() {
        try (LibvirtCalls calls = new LibvirtCalls("test-libvirt", "test:///default", 1, 1)) {
            LibvirtVm gone =
                    new LibvirtVm(VM, new UUID(0, 1), Map.of(), calls, calls, GuestAgentOptions.defaults(), null);
            assertThat(gone.state(DEADLINE).power()).isEqualTo(PowerState.STOPPED);
        }
    }

    @Test
    void theUptimeIsKnownOfADomainWhoseStartWasSeen() throws Exception {
        try (LibvirtHypervisor hypervisor = start("test:///default", Map.of(VM, "test"))) {
            VirtualMachine vm = found(hypervisor, VM);
            VmPower power = vm.power().orElseThrow();
            assertThat(vm.state(DEADLINE).uptime()).isNull();
            power.press(Switch.STOP, DEADLINE);
            power.press(Switch.START, DEADLINE);
            Awaitility.await().until(() -> vm.state(DEADLINE).uptime() != null);
            power.press(Switch.STOP, DEADLINE);
            assertThat(vm.state(DEADLINE).uptime()).isNull();
            power.press(Switch.START, DEADLINE);
        }
    }

    @Test
    void aDomainWithoutAVmidIsGivenOneAndKeepsIt() throws Exception {
        VmId given = new VmId(1_000_000);
        try (LibvirtHypervisor hypervisor = start("test:///default", Map.of())) {
            found(hypervisor, given);
        }
        assertThat(Files.readString(folder.resolve(AssignedVmids.FILE))).matches("[0-9a-f-]{36} 1000000\n");
        try (LibvirtHypervisor hypervisor = start("test:///default", Map.of())) {
            found(hypervisor, given);
        }
    }

    /** Or one would be taken for the other, and its owner with it. */
    @Test
    void noTwoDomainsOfSeveralLibvirtsAreGivenTheSameVmid() throws Exception {
        for (int round = 0; round < 3; round++) {
            AssignedVmids numbers = AssignedVmids.read(
                    Files.createDirectory(folder.resolve("r" + round)).resolve("numbers"));
            List<LibvirtHypervisor> all = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                all.add(LibvirtHypervisor.start(node(i), Map.of(), numbers, GuestAgentOptions.defaults(), null));
            }
            Set<VmId> given = new HashSet<>();
            for (LibvirtHypervisor each : all) {
                given.addAll(Awaitility.await().until(each::vms, vms -> vms.size() == DOMAINS));
            }
            all.forEach(LibvirtHypervisor::close);
            assertThat(given).hasSize(3 * DOMAINS);
        }
    }

    /** A libvirt of its own, with so many domains that to number them takes a while. */
    private String node(int number) throws Exception {
        Path file = folder.resolve("node" + number + ".xml");
        StringBuilder xml = new StringBuilder("<node>");
        for (int i = 0; i < DOMAINS; i++) {
            xml.append("<domain type='test'><name>d").append(i).append("</name><uuid>");
            xml.append(new UUID(number, i)).append("</uuid><memory>8192</memory><os><type>hvm</type></os></domain>");
        }
        Files.writeString(file, xml.append("</node>"));
        return "test://" + file;
    }

    @Test
    void aLibvirtThatIsNotThereHasNoVmsAndEndsAtOnce() throws Exception {
        try (LibvirtHypervisor hypervisor = start("qemu+unix:///system?socket=" + folder.resolve("no"), Map.of())) {
            assertThat(hypervisor.vms()).isEmpty();
            assertThat(hypervisor.isUp()).contains(false);
        }
    }
}
