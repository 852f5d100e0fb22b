// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Set;
import java.util.function.Supplier;

/** Whether a node is part of its cluster, which VMs it holds there, and what it took up. Thread safe. */
public final class NodeMetrics {
    private final Counter repairs;
    private final Counter takenUp;

    public NodeMetrics(MeterRegistry registry) {
        repairs = Counter.builder("bellhop.node.repairs")
                .description("How often the node has asked for executions in its VMs that it does not know of")
                .register(registry);
        takenUp = Counter.builder("bellhop.node.taken.up")
                .description("Executions that the node found so and took up")
                .register(registry);
    }

    /**
     * Shows what is so at each time.
     *
     * @param found the VMs of the host's hypervisors
     */
    public void watch(Holds holds, Supplier<Set<VmId>> found, MeterRegistry registry) {
        Gauge.builder("bellhop.node.joined", () -> holds.isLeased() ? 1 : 0)
                .description("1 while the node has joined its cluster and an API server answers it, else 0")
                .register(registry);
        vms(true, holds, found, registry);
        vms(false, holds, found, registry);
    }

    private static void vms(boolean held, Holds holds, Supplier<Set<VmId>> found, MeterRegistry registry) {
        Gauge.builder(
                        "bellhop.node.vms",
                        () -> found.get().stream()
                                .filter(vm -> holds.epoch(vm).isPresent() == held)
                                .count())
                .description("VMs of the host, by whether this node holds them in the cluster")
                .tag("held", Boolean.toString(held))
                .register(registry);
    }

    /**
     * The node has looked for executions in its VMs.
     *
     * @param executions how many it did not know of
     */
    public void repaired(int executions) {
        repairs.increment();
        takenUp.increment(executions);
    }
}
