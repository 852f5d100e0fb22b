// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.operation.Operation;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What nodes store and read of operations on VMs that they hold; fenced as {@link NodeJournal} is. Who has asked for an operation, and
 * for what, stays as it was stored in the first place. Thread safe.
 */
public interface NodeOperations {
    /**
     * Stores how far one is. One that has ended stays as it is, and so does one of which other steps are stored: then a step that is to
     * be taken is turned away with {@code OPERATION_UNDER_WAY}.
     */
    CompletableFuture<Void> update(VmHold hold, Operation operation);

    /** Those that have not ended in VMs that the node holds in this session, oldest first. */
    List<Operation> unfinished(NodeId node, long session, int limit) throws FencedException;
}
