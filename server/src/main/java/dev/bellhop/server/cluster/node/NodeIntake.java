// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.store.ExecutionIntake;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.execution.store.StorageQuota;
import dev.bellhop.server.tenant.Tenant;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A node has no callers, so of what they have stored it stores wishes alone, once more. Thread safe. */
final class NodeIntake implements ExecutionIntake {
    private final RemoteVms vms;

    /** API servers count what is stored. */
    private final StorageQuota quota = new StorageQuota(Long.MAX_VALUE / 2, () -> 0);

    NodeIntake(RemoteVms vms) {
        this.vms = vms;
    }

    private static UnsupportedOperationException noCallers() {
        return new UnsupportedOperationException("a node has no callers");
    }

    @Override
    public CompletableFuture<Insertion> insert(
            Execution execution, StartOptions options, @Nullable StartIntent asked, @Nullable IdempotencyKey key) {
        throw noCallers();
    }

    @Override
    public Optional<Insertion.Known> known(String keyId, String name) {
        throw noCallers();
    }

    @Override
    public CompletableFuture<Void> cancel(ExecutionId id, Duration grace) {
        return CompletableFuture.runAsync(
                () -> vms.tell(
                        id,
                        NodeRequest.WISH,
                        hold -> new NodeRequest.Wish(hold.session(), hold.vm(), hold.epoch(), id.value(), grace)),
                command -> Thread.ofVirtual().name("wish").start(command));
    }

    @Override
    public CompletableFuture<Void> approve(ExecutionId id, Approval given) {
        throw noCallers();
    }

    @Override
    public CompletableFuture<Boolean> endUnasked(Execution ended) {
        throw noCallers();
    }

    @Override
    public CompletableFuture<Boolean> endUnheard(Execution ended) {
        throw noCallers();
    }

    @Override
    public StorageQuota quota() {
        return quota;
    }

    @Override
    public CompletableFuture<Deleted> deleteFinishedBefore(Tenant tenant, Instant time) {
        throw noCallers();
    }
}
