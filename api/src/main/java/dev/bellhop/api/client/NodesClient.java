// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.page.Pages;
import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.node.AddNode;
import dev.bellhop.api.v2.node.JoinNode;
import dev.bellhop.api.v2.node.JoinedNode;
import dev.bellhop.api.v2.node.NodeToken;
import dev.bellhop.api.v2.node.NodeView;
import dev.bellhop.api.v2.node.RemovedNode;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The nodes of a cluster, with the errors of {@link BellhopClient}. Thread safe. */
public final class NodesClient {

    private static final String NODES = "/api/v2/nodes";

    private final Calls calls;

    NodesClient(Calls calls) {
        this.calls = calls;
    }

    /**
     * The nodes of the cluster, by their names.
     *
     * @param limit as in {@link VmsClient#list(Integer, String)}, and the cursor too
     */
    public Page<NodeView> list(@Nullable Integer limit, @Nullable String cursor) throws InterruptedException {
        return calls.page(new PathAndQuery(NODES).page(limit, cursor), NodeView.class);
    }

    /** Every node of the cluster, by name. */
    public Pages<NodeView> all() {
        return new Pages<>(this::list);
    }

    /** A node. */
    public NodeView get(String name) throws InterruptedException {
        return calls.get(path(name), NodeView.class);
    }

    /**
     * Adds a node, or lets one that is known join again. Its token is in the answer and nowhere else.
     *
     * @param wanted name, lifetime of the token, and VMs of the node
     */
    public NodeToken add(AddNode wanted) throws InterruptedException {
        return calls.post(NODES, wanted, NodeToken.class);
    }

    /**
     * Joins as a node, for which no key is needed. The same call again gives the same again until the token expires.
     *
     * @param publicKey of the key that the node has made
     */
    public JoinedNode join(String token, String publicKey) throws InterruptedException {
        return calls.post(NODES + "/actions/join", new JoinNode(token, publicKey), JoinedNode.class);
    }

    /** Has a node start nothing new. */
    public NodeView drain(String name) throws InterruptedException {
        return act(name, "drain");
    }

    /** Lets a drained node start commands again. */
    public NodeView undrain(String name) throws InterruptedException {
        return act(name, "undrain");
    }

    /** Cuts a node off. */
    public NodeView revoke(String name) throws InterruptedException {
        return act(name, "revoke");
    }

    /** Forgets a node that is gone, and frees its VMs. */
    public RemovedNode remove(String name) throws InterruptedException {
        return calls.delete(path(name), Duration.ZERO, RemovedNode.class);
    }

    private NodeView act(String name, String action) throws InterruptedException {
        return calls.post(path(name) + "/actions/" + action, Map.of(), NodeView.class);
    }

    private static String path(String name) {
        return NODES + "/" + PathAndQuery.encode(name);
    }
}
