// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** For tests of what only reads. */
abstract class UnwritableClusterStore implements ClusterStore {
    private static <T> CompletableFuture<T> none() {
        return CompletableFuture.failedFuture(new UnsupportedOperationException());
    }

    @Override
    public CompletableFuture<Boolean> add(NodeId node) {
        return none();
    }

    @Override
    public CompletableFuture<Void> revoke(NodeId node) {
        return none();
    }

    @Override
    public CompletableFuture<Integer> remove(NodeId node, Duration silence) {
        return none();
    }

    @Override
    public CompletableFuture<Void> drain(NodeId node, boolean drained) {
        return none();
    }

    @Override
    public CompletableFuture<Long> hello(NodeId node, UUID instance, long attempt, String version, int protocol) {
        return none();
    }

    @Override
    public CompletableFuture<Map<UUID, VmId>> number(NodeId node, long session, List<UUID> vms) {
        return none();
    }

    @Override
    public CompletableFuture<Void> beat(NodeId node, long session, int vms, int running, int waiting) {
        return none();
    }

    @Override
    public CompletableFuture<Map<VmId, Long>> claim(NodeId node, long session, Map<VmId, @Nullable VmName> found) {
        return none();
    }

    @Override
    public CompletableFuture<Set<VmId>> refuse(NodeId node, long session, Collection<VmId> vms) {
        return none();
    }

    @Override
    public CompletableFuture<Void> release(VmHold hold) {
        return none();
    }

    @Override
    public CompletableFuture<Void> giveUp(VmId vm, Holder holder) {
        return none();
    }

    @Override
    public CompletableFuture<Void> move(VmId vm, NodeId to) {
        return none();
    }
}
