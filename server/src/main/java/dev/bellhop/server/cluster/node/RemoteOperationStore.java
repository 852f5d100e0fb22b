// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.cluster.message.WireOperation;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.NotHeldException;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationFilter;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationPage;
import dev.bellhop.server.operation.OperationStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Operations on the VMs of a node, which API servers keep. Thread safe. */
public final class RemoteOperationStore implements OperationStore {
    private final ApiCalls calls;
    private final Holds holds;
    private final RemoteVms vms;

    public RemoteOperationStore(ApiCalls calls, Holds holds) {
        this.calls = calls;
        this.holds = holds;
        this.vms = new RemoteVms(calls, holds);
    }

    @Override
    public CompletableFuture<Void> update(Operation operation) {
        return CompletableFuture.runAsync(
                () -> vms.tell(
                        operation.vm(),
                        NodeRequest.OPERATION,
                        hold -> new NodeRequest.StoreOperation(
                                hold.session(), hold.vm(), hold.epoch(), WireOperation.of(operation))),
                command -> Thread.ofVirtual().name("operation-store").start(command));
    }

    @Override
    public List<Operation> unfinished() {
        try {
            return calls
                    .ask(NodeRequest.OPERATIONS, new NodeRequest.ListOperations(holds.session()), ApiCalls.TIMEOUT)
                    .open(NodeRequest.OperationPage.class)
                    .operations()
                    .stream()
                    .map(WireOperation::operation)
                    .toList();
        } catch (FencedException e) {
            throw new NotHeldException();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BellhopException(
                    ErrorCode.STORE_UNAVAILABLE, "Cannot look this up because the node is shutting down");
        }
    }

    /** The API server that has ordered it does that. */
    @Override
    public CompletableFuture<Void> name(OperationId id, String keyId, String idempotencyName) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Boolean> insert(Operation operation) {
        throw noCallers();
    }

    @Override
    public CompletableFuture<Boolean> endUnbegun(Operation failed, @Nullable OperationId successor) {
        throw noCallers();
    }

    @Override
    public Optional<Operation> find(OperationId id) {
        throw noCallers();
    }

    @Override
    public Optional<Operation> named(String keyId, String idempotencyName) {
        throw noCallers();
    }

    @Override
    public OperationPage list(OperationFilter filter, @Nullable OperationId before, int limit) {
        throw noCallers();
    }

    @Override
    public CompletableFuture<Integer> deleteFinishedBefore(Instant time) {
        throw noCallers();
    }

    @Override
    public CompletableFuture<Integer> deleteFinishedBeyond(int newest) {
        throw noCallers();
    }

    private static UnsupportedOperationException noCallers() {
        return new UnsupportedOperationException(
                "a node has no callers, and API servers decide how long operations are kept");
    }
}
