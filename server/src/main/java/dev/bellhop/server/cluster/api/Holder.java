// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.NodeId;

/**
 * The node that holds a VM.
 *
 * @param session of the node's process, which takes orders for this session alone
 * @param epoch by which it holds the VM. A node that has said hello anew takes up the VM with a greater one in a moment
 */
public record Holder(NodeId node, long session, long epoch) {}
