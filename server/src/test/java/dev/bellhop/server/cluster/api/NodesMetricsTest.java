// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.api.ClusterStore.Registry;
import dev.bellhop.server.cluster.api.ClusterStore.StoredNode;
import dev.bellhop.server.cluster.api.ClusterStore.StoredVm;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("cluster")
class NodesMetricsTest {
    private static final NodeId A = new NodeId("a");
    private static final NodeId B = new NodeId("b");

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private Registry stored = new Registry(List.of(), List.of(), List.of(), 0);
    private final Nodes nodes = new Nodes(
            new UnwritableClusterStore() {
                @Override
                public Registry read(long since) {
                    return stored;
                }
            },
            () -> 7_000_000_000L);

    private static StoredNode node(NodeId id, @Nullable Duration beatAge, int vms, boolean revoked) {
        return new StoredNode(id, Instant.EPOCH, 11, beatAge, "1", vms, 2, 1, false, revoked, null, null, null);
    }

    private static StoredVm vm(long vm, NodeId node) {
        return new StoredVm(new VmId(vm), node, 5, null, false);
    }

    private void look(List<StoredNode> found, List<StoredVm> vms) {
        stored = new Registry(found, vms, List.of(), stored.change() + 1);
        nodes.refresh();
    }

    private double ofNode(String name, NodeId node) {
        return registry.get(name).tag("node", node.value()).gauge().value();
    }

    private double inState(String state) {
        return registry.get("bellhop.cluster.nodes").tag("state", state).gauge().value();
    }

    @Test
    void nodesAreCountedByTheirStateAndEachHasItsNumbers() {
        look(
                List.of(node(A, Duration.ofSeconds(1), 3, false), node(B, Duration.ofSeconds(70), 1, false)),
                List.of(vm(1, A), vm(2, B), vm(3, B)));
        new NodesMetrics(nodes).bindTo(registry);

        assertThat(inState("ready")).isEqualTo(1);
        assertThat(inState("unreachable")).isEqualTo(1);
        assertThat(inState("drained")).isZero();
        assertThat(registry.get("bellhop.cluster.vms.unreachable").gauge().value())
                .isEqualTo(2);
        assertThat(ofNode("bellhop.cluster.node.beat.age", A)).isEqualTo(1);
        assertThat(ofNode("bellhop.cluster.node.beat.age", B)).isEqualTo(70);
        assertThat(ofNode("bellhop.cluster.node.vms", A)).isEqualTo(3);
        assertThat(ofNode("bellhop.cluster.node.executions.running", A)).isEqualTo(2);
        assertThat(ofNode("bellhop.cluster.node.executions.waiting", A)).isEqualTo(1);
    }

    @Test
    void theNumbersAreThoseOfTheLastLook() {
        look(List.of(node(A, Duration.ofSeconds(1), 3, false)), List.of());
        new NodesMetrics(nodes).bindTo(registry);
        look(List.of(node(A, Duration.ofSeconds(2), 4, false)), List.of());

        assertThat(ofNode("bellhop.cluster.node.vms", A)).isEqualTo(4);
        assertThat(ofNode("bellhop.cluster.node.beat.age", A)).isEqualTo(2);
    }

    @Test
    void aNodeThatWasRemovedHasNoMetersAnyMore() {
        look(List.of(node(A, Duration.ofSeconds(1), 3, false)), List.of());
        new NodesMetrics(nodes).bindTo(registry);
        look(List.of(node(B, Duration.ofSeconds(1), 1, false)), List.of());

        assertThat(registry.find("bellhop.cluster.node.vms").gauges())
                .extracting(gauge -> gauge.getId().getTag("node"))
                .containsExactly("b");
        assertThat(registry.find("bellhop.cluster.node.beat.age").gauges())
                .extracting(Gauge::value)
                .containsExactly(1.0);
    }

    /** Nobody is to be alarmed by the silence of a node that was told to be silent, or has not begun. */
    @Test
    void thereIsNoSilenceOfNodesThatNobodyExpects() {
        look(List.of(node(A, Duration.ofDays(1), 3, true), node(B, null, 0, false)), List.of(vm(1, A)));
        new NodesMetrics(nodes).bindTo(registry);

        assertThat(ofNode("bellhop.cluster.node.beat.age", A)).isNaN();
        assertThat(ofNode("bellhop.cluster.node.beat.age", B)).isNaN();
        assertThat(inState("revoked")).isEqualTo(1);
        assertThat(inState("unreachable")).isEqualTo(1);
    }
}
