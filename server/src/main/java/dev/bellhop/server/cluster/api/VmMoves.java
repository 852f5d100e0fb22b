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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * VMs that have moved from one host to another: a node has found them, and the node that holds them is asked whether it has them
 * still. A node that cannot be asked keeps its VMs, since commands may go on there, unless the operator has said for how long. Thread safe.
 */
public final class VmMoves {
    private static final Logger log = LoggerFactory.getLogger(VmMoves.class);

    /** Of all together: the node that has found them waits meanwhile. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final NodeCalls calls;
    private final Nodes nodes;
    private final ClusterStore store;
    private final @Nullable Duration takeOverAfter;

    /** @param takeOverAfter for how long a node has to be silent until another one may have its VMs; absent where that never is so */
    public VmMoves(NodeCalls calls, Nodes nodes, ClusterStore store, @Nullable Duration takeOverAfter) {
        this.calls = calls;
        this.nodes = nodes;
        this.store = store;
        this.takeOverAfter = takeOverAfter;
    }

    /**
     * Frees the VMs that have left their nodes and that the finder can claim.
     *
     * @param finder the node that has found them
     * @return whether there are any
     */
    boolean freeThoseThatLeft(NodeId finder, List<VmId> vms) throws FencedException {
        Map<NodeId, Map<VmId, Holder>> byNode = new HashMap<>();
        for (VmId vm : vms) {
            nodes.holderOf(vm)
                    .filter(holder -> !holder.node().equals(finder) && nodes.mayTakeOver(finder, vm))
                    .ifPresent(holder -> byNode.computeIfAbsent(holder.node(), node -> new HashMap<>())
                            .put(vm, holder));
        }
        boolean areSomeFree = false;
        Deadline deadline = Deadline.after(TIMEOUT);
        int left = byNode.size();
        for (Map<VmId, Holder> held : byNode.values()) {
            // One that does not answer leaves their share to the others.
            Duration share = deadline.remaining().dividedBy(left--);
            held.keySet().retainAll(Set.copyOf(notThere(held, share)));
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
            if (isOver(holder.node())) {
                log.warn(
                        "Node {} has been silent for too long: VMs of it that others have found are theirs",
                        holder.node());
                return held.keySet();
            }
            log.debug("Node {} does not say which VMs it has; it keeps them", holder.node(), e);
            return Set.of();
        }
    }

    /** Whether its silence is longer than the operator lets a node have VMs that are elsewhere. */
    private boolean isOver(NodeId node) {
        return takeOverAfter != null
                && nodes.find(node)
                        .map(NodeStatus::silentFor)
                        .filter(silent -> silent.compareTo(takeOverAfter) > 0)
                        .isPresent();
    }
}
