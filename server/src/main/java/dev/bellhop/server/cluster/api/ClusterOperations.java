// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationFilter;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationLookup;
import dev.bellhop.server.operation.OperationPage;
import dev.bellhop.server.operation.OperationStore;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Operations as the store has them; the nodes that carry them out write there. Thread safe. */
public record ClusterOperations(OperationStore store) implements OperationLookup {
    /** An operation takes seconds, so whoever waits for its end looks now and then. */
    private static final Duration LOOK = Duration.ofMillis(250);

    @Override
    public Optional<Operation> find(OperationId id, Duration longestWait) {
        long end = System.nanoTime() + longestWait.toNanos();
        Optional<Operation> found = store.find(id);
        try {
            while (found.isPresent() && !found.get().state().isFinal()) {
                Duration left = Duration.ofNanos(end - System.nanoTime());
                if (!left.isPositive()) {
                    break;
                }
                Thread.sleep(left.compareTo(LOOK) < 0 ? left : LOOK);
                found = store.find(id);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return found;
    }

    @Override
    public OperationPage list(OperationFilter filter, @Nullable OperationId before, int limit) {
        return store.list(filter, before, limit);
    }
}
