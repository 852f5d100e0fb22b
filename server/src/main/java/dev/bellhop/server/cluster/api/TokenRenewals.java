// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.NodeId;

/** Signs anew what nodes connect to NATS with. Thread safe. */
public interface TokenRenewals {
    /**
     * Signs for a node.
     *
     * @param node as the subject of its request tells
     * @throws dev.bellhop.server.failure.BellhopException {@code FORBIDDEN} where the node, or the key, was revoked, or another key is
     *     the node's; {@code INVALID_REQUEST} where it is no key
     */
    String renew(NodeId node, String publicKey);
}
