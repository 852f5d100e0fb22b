// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.server.cluster.Bus;
import dev.bellhop.server.cluster.FakeNetwork;
import dev.bellhop.server.cluster.FakeNetwork.Fate;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.hypervisor.libvirt.LibvirtHypervisor;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With the driver of libvirt that has one domain, in memory. */
@Timeout(60)
@Tag("cluster")
class RequestedVmidsTest {
    private static final NodeId NODE = new NodeId("a");
    private static final VmId VM = new VmId(1_000_007);
    private static final long SESSION = 5;

    private final FakeNetwork network = new FakeNetwork();
    private final List<NodeRequest.NumberVms> asked = new CopyOnWriteArrayList<>();
    private final ApiCalls calls = new ApiCalls(network.of(NODE), NODE, new ApiCallMetrics(new SimpleMeterRegistry()));
    private final RequestedVmids vmids = new RequestedVmids();

    private LibvirtHypervisor start() throws Exception {
        Bus api = network.ofApiServer();
        var _ = api.serve(Subjects.ALL_REQUESTS_OF_NODES, Subjects.API_SERVERS, (subject, payload) -> {
            NodeRequest.NumberVms wanted = WireCodec.decode(payload, NodeRequest.NumberVms.class);
            asked.add(wanted);
            return WireCodec.encode(Answer.of(new NodeRequest.Numbered(wanted.vms().stream()
                    .map(vm -> new NodeRequest.NumberedVm(vm, VM.value()))
                    .toList())));
        });
        return LibvirtHypervisor.start("test:///default", Map.of(), vmids, GuestAgentOptions.defaults(), null);
    }

    @Test
    void aDomainIsThereOnceItHasItsNumber() throws Exception {
        try (LibvirtHypervisor hypervisor = start()) {
            assertThat(hypervisor.vms()).isEmpty();
            vmids.request(calls, SESSION);
            Awaitility.await().until(() -> hypervisor.find(VM).isPresent());
            assertThat(hypervisor.vms()).containsExactly(VM);
            assertThat(asked).singleElement().satisfies(wanted -> {
                assertThat(wanted.session()).isEqualTo(SESSION);
                assertThat(wanted.vms()).hasSize(1);
            });
            vmids.request(calls, SESSION);
            assertThat(asked).as("it has its number").hasSize(1);
        }
    }

    @Test
    void whatCouldNotBeAskedIsAskedAgain() throws Exception {
        try (LibvirtHypervisor hypervisor = start()) {
            network.decide(subject -> Fate.ANSWER_IS_LOST);
            assertThatThrownBy(() -> vmids.request(calls, SESSION)).isInstanceOf(BellhopException.class);
            network.decide(subject -> Fate.ARRIVES_TWICE);
            vmids.request(calls, SESSION);
            Awaitility.await().until(() -> hypervisor.find(VM).isPresent());
        }
    }

    @Test
    void aNumberThatIsAnotherVmsByNowIsKeptForThatOne() {
        UUID first = new UUID(0, 1);
        UUID second = new UUID(0, 2);
        vmids.keep(Map.of(first, VM));
        vmids.keep(Map.of(second, VM));
        assertThat(vmids.kept()).containsExactly(Map.entry(second, VM));
        assertThat(vmids.free(first, List.of())).isEmpty();
    }
}
