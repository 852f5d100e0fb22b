// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * VMs that have moved from one host to another: a node has found them, and the node that holds them is asked whether it has them
 * still. A node that cannot be asked keeps its VMs, since commands may go on there. Thread safe.
 */
final class VmMoves {
    private static final Logger log = LoggerFactory.getLogger(VmMoves.class);

    /** Of all together: the node that has found them waits meanwhile. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final NodeCalls calls;
    private final Nodes nodes;
    private final ClusterStore store;

    VmMoves(NodeCalls calls, Nodes nodes, ClusterStore store) {
        this.calls = calls;
        this.nodes = nodes;
        this.store = store;
    }

    /**
     * Frees those of these VMs that have left the nodes that hold them.
     *
     * @param finder the node that has found them
     * @return whether there are any
     */
    boolean freeThoseThatLeft(NodeId finder, List<VmId> vms) throws FencedException {
        Map<NodeId, Map<VmId, Holder>> byNode = new HashMap<>();
        for (VmId vm : vms) {
            nodes.holderOf(vm)
                    .filter(holder -> !holder.node().equals(finder))
                    .ifPresent(holder -> byNode.computeIfAbsent(holder.node(), node -> new HashMap<>())
                            .put(vm, holder));
        }
        boolean areSomeFree = false;
        Deadline deadline = Deadline.after(TIMEOUT);
        for (Map<VmId, Holder> held : byNode.values()) {
            held.keySet().retainAll(notThere(held, deadline.remaining()));
            for (Map.Entry<VmId, Holder> gone : held.entrySet()) {
                Requests.await(store.giveUp(gone.getKey(), gone.getValue()));
                areSomeFree = true;
            }
        }
        return areSomeFree;
    }

    private Set<VmId> notThere(Map<VmId, Holder> held, Duration longest) {
        Holder holder = held.values().iterator().next();
        try {
            NodeOrder.NotHere answer = calls.giveTo(
                            holder,
                            NodeOrder.HAVE,
                            new NodeOrder.OfVms(
                                    holder.session(),
                                    held.keySet().stream().map(VmId::value).toList()),
                            longest)
                    .open(NodeOrder.NotHere.class);
            return answer.vms().stream().map(VmId::new).collect(Collectors.toSet());
        } catch (NodeCalls.UndeliveredException | FencedException | RuntimeException e) {
            log.debug("Node {} does not say which VMs it has; it keeps them", holder.node(), e);
            return Set.of();
        }
    }
}
