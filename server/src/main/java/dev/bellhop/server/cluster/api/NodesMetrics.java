// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.NodeId;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of a cluster as this API server knows them, each by its name: those that were removed have no meters any more. All is read
 * from memory. Thread safe.
 */
public final class NodesMetrics implements MeterBinder {
    private static final double MILLIS = 1_000;

    private final Nodes nodes;

    public NodesMetrics(Nodes nodes) {
        this.nodes = nodes;
    }

    /** A number of each node; absent where it is not known. */
    private interface OfNode extends Function<NodeStatus, @Nullable Number> {}

    @Override
    public void bindTo(MeterRegistry registry) {
        for (NodeStatus.State state : NodeStatus.State.values()) {
            Gauge.builder(
                            "bellhop.cluster.nodes",
                            () -> nodes.nodes().stream()
                                    .filter(node -> node.state() == state)
                                    .count())
                    .description("Nodes by what they are good for")
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        Gauge.builder("bellhop.cluster.vms.unreachable", nodes::unreachableVms)
                .description("VMs whose node cannot be reached")
                .register(registry);
        Gauge.builder("bellhop.cluster.vms.refused", nodes::refusedVms)
                .description(
                        "VMs that a node has and may not hold, because another node holds them or they are out of its ranges")
                .register(registry);
        ofEach(registry, "beat.age", "seconds", "How long ago the node's last sign of life was", NodesMetrics::beatAge);
        ofEach(registry, "vms", null, "VMs that the node holds, as it counted them last", NodeStatus::vms);
        ofEach(
                registry,
                "executions.running",
                null,
                "Commands that run there, as the node counted them last",
                NodeStatus::running);
        ofEach(
                registry,
                "executions.waiting",
                null,
                "Commands that wait there for their turn or their agent, as the node counted them last",
                NodeStatus::waiting);
    }

    /** Of one that may not join nobody expects any. */
    private static @Nullable Number beatAge(NodeStatus node) {
        Duration silent = node.silentFor();
        return silent == null || node.state() == NodeStatus.State.REVOKED ? null : silent.toMillis() / MILLIS;
    }

    private void ofEach(MeterRegistry registry, String what, @Nullable String unit, String description, OfNode number) {
        MultiGauge gauge = MultiGauge.builder("bellhop.cluster.node." + what)
                .description(description)
                .baseUnit(unit)
                .register(registry);
        nodes.onChange(() -> gauge.register(
                nodes.nodes().stream()
                        .<Row<?>>map(node -> row(node.node(), number))
                        .toList(),
                true));
    }

    private Row<?> row(NodeId name, OfNode number) {
        return Row.of(
                Tags.of("node", name.value()),
                () -> nodes.find(name).map(number).orElse(Double.NaN));
    }
}
