// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.admin;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.api.ClusterStore;
import dev.bellhop.server.cluster.api.NodeCalls;
import dev.bellhop.server.cluster.api.NodeStatus;
import dev.bellhop.server.cluster.api.Nodes;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What administrators do to nodes. This server knows of a change as soon as it is made, the others within a second. Methods that
 * change something fail with {@code STORE_UNAVAILABLE}, and each with {@code NOT_FOUND} where there is no such node. Thread safe.
 */
public final class NodeControl {
    private static final Logger log = LoggerFactory.getLogger(NodeControl.class);

    private final ClusterStore store;
    private final Nodes nodes;
    private final NodeCalls calls;
    private final NodeRevocations revocations;

    public NodeControl(ClusterStore store, Nodes nodes, NodeCalls calls, NodeRevocations revocations) {
        this.store = store;
        this.nodes = nodes;
        this.calls = calls;
        this.revocations = revocations;
    }

    /** All nodes, by their names. */
    public List<NodeStatus> list() {
        return nodes.nodes();
    }

    public NodeStatus find(NodeId node) {
        return nodes.find(node)
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.NOT_FOUND, "Cannot find node " + node + "; list nodes to see their names"));
    }

    /** Has a node start nothing new, or lets it do so again. What runs there goes on. */
    public NodeStatus drain(NodeId node, boolean drained) {
        stored(store.drain(node, drained));
        if (!drained) {
            wake(node);
        }
        return find(node);
    }

    /** Cuts a node off: its session ends, NATS closes its connection, and it does not get in again with its key. */
    public NodeStatus revoke(NodeId node) {
        stored(store.revoke(node));
        try {
            if (!revocations.revokeNow()) {
                log.warn("Node {} is revoked, and NATS is yet to close its connection", node);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return find(node);
    }

    /**
     * Forgets a node that is not there, and its key.
     *
     * @return how many VMs it held; another node that finds them may have them from then on
     * @throws BellhopException {@code NODE_IN_USE} where it was there lately
     */
    public int remove(NodeId node) {
        int freed = stored(store.remove(node, Nodes.LEASE));
        revocations.wake();
        return freed;
    }

    /**
     * Gives a VM to a node, whoever holds it. That node has it once it has found it there.
     *
     * @throws BellhopException {@code NOT_FOUND} where no node has ever held the VM; {@code INVALID_FIELD} where the node is not known,
     *     or was revoked
     */
    public void move(VmId vm, NodeId to) {
        stored(store.move(vm, to));
        wake(to);
    }

    /** Waits for a change, and has this server know of it. */
    private <T> T stored(CompletableFuture<T> change) {
        T done = Writes.await(change);
        nodes.know();
        return done;
    }

    /** It looks at once for VMs that it may have, and for what it may start. */
    private void wake(NodeId node) {
        nodes.session(node)
                .ifPresent(session -> calls.wake(node, session, NodeOrder.WAKE, new NodeOrder.Wake(session, null)));
    }
}
