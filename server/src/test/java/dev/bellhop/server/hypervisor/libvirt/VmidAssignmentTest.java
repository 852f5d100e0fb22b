// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.hypervisor.libvirt.VmidAssignment.Assigned;
import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VmidAssignmentTest {
    private static final UUID A = new UUID(0, 1);
    private static final UUID B = new UUID(0, 2);
    private static final UUID C = new UUID(0, 3);

    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve(AssignedVmids.FILE);
    }

    private static DomainDescription claiming(long vmid) {
        return new DomainDescription("claims" + vmid, new VmId(vmid), AgentChannel.UNKNOWN);
    }

    private static DomainDescription named(String name) {
        return new DomainDescription(name, null, AgentChannel.UNKNOWN);
    }

    /** As a server does it that has been started on what an earlier one kept. */
    private Assigned number(Map<VmId, String> configured, Map<UUID, DomainDescription> domains) throws IOException {
        AssignedVmids vmids = AssignedVmids.read(file());
        Assigned assigned = new VmidAssignment(configured, vmids).assign(domains);
        Map<UUID, VmId> kept = new HashMap<>();
        assigned.vms().forEach((vmid, uuid) -> kept.put(uuid, vmid));
        vmids.keep(kept);
        return assigned;
    }

    @Test
    void configurationGoesBeforeMetadataAndGivenNumbers() throws Exception {
        Assigned assigned =
                number(Map.of(new VmId(7), "claims8"), Map.of(A, claiming(8), B, claiming(9), C, named("other")));
        assertThat(assigned.vms())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        new VmId(7), A,
                        new VmId(9), B,
                        new VmId(1_000_000), C));
        assertThat(assigned.conflicts()).isEmpty();
    }

    @Test
    void aNumberIsGivenOnceAndNeverToAnother() throws Exception {
        assertThat(number(Map.of(), Map.of(A, named("a"))).vms()).containsEntry(new VmId(1_000_000), A);
        assertThat(number(Map.of(), Map.of(B, named("b"))).vms()).containsEntry(new VmId(1_000_001), B);
        assertThat(number(Map.of(), Map.of(A, named("renamed"), B, named("b"), C, claiming(1_000_002)))
                        .vms())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        new VmId(1_000_000), A,
                        new VmId(1_000_001), B,
                        new VmId(1_000_002), C));
    }

    @Test
    void aCopyOfADomainDoesNotTakeItsVmid() throws Exception {
        assertThat(number(Map.of(), Map.of(B, claiming(5))).vms()).containsEntry(new VmId(5), B);
        Assigned assigned = number(Map.of(), Map.of(A, claiming(5), B, claiming(5)));
        assertThat(assigned.vms()).containsExactly(Map.entry(new VmId(5), B));
        assertThat(assigned.conflicts()).containsExactly(Map.entry(A, new VmId(5)));
        assertThat(number(Map.of(), Map.of(A, claiming(5))).vms())
                .as("the first has gone")
                .containsEntry(new VmId(5), A);
    }

    @Test
    void ofTwoNewOnesTheLowerUuidHasIt() throws Exception {
        assertThat(number(Map.of(), Map.of(A, claiming(5), B, claiming(5))).vms())
                .containsExactly(Map.entry(new VmId(5), A));
    }

    @Test
    void aGivenNumberGoesToWhoeverClaimsIt() throws Exception {
        number(Map.of(), Map.of(A, named("a")));
        assertThat(number(Map.of(), Map.of(A, named("a"), B, claiming(1_000_000)))
                        .vms())
                .containsExactlyInAnyOrderEntriesOf(Map.of(new VmId(1_000_000), B, new VmId(1_000_001), A));
    }

    @Test
    void aFileThatIsNotOursIsNotBelieved() throws Exception {
        Files.writeString(file(), A + " 5\nhello\n");
        assertThatThrownBy(() -> AssignedVmids.read(file())).isInstanceOf(IOException.class);
    }
}
