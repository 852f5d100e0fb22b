// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import static dev.bellhop.server.cluster.api.Requests.await;
import static dev.bellhop.server.cluster.api.Requests.require;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.cluster.message.WireOperation;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.vm.VmId;

/** What nodes store and are told of operations on VMs that they hold. */
final class OperationRequests {
    /** One for each VM of a node at most. */
    private static final int MAX_LISTED = 2000;

    private final NodeOperations operations;

    OperationRequests(NodeOperations operations) {
        this.operations = operations;
    }

    Answer store(NodeId node, NodeRequest.StoreOperation request) throws FencedException {
        VmId vm = Requests.vm(request.vm());
        WireOperation wire = require(request.operation(), "the operation");
        Operation operation = Requests.readable(wire::operation);
        require(operation.vm().equals(vm), "it is about two VMs");
        require(
                operation.state().isFinal() == (operation.finishedAt() != null),
                "an operation has an end exactly if it has ended");
        VmHold hold = new VmHold(node, request.session(), vm, request.epoch());
        await(operations.update(hold, operation));
        return Answer.DONE;
    }

    Answer list(NodeId node, NodeRequest.ListOperations request) throws FencedException {
        return Answer.of(new NodeRequest.OperationPage(
                Requests.fitting(operations.unfinished(node, request.session(), MAX_LISTED), WireOperation::of)));
    }
}
