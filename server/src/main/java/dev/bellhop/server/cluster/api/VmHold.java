// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.vm.VmId;

/**
 * What a node says by what right it stores or reads something of a VM: it is believed only where the store has the same.
 *
 * @param node who sent the message, which the subject tells
 */
public record VmHold(NodeId node, long session, VmId vm, long epoch) {}
