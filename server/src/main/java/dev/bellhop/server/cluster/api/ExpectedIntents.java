// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How guests were asked last, by VM: what an execution is stored with, so that its node need not store that before it asks the guest.
 * Where it was wrong, the node stores what is right. Thread safe.
 */
final class ExpectedIntents {
    private static final Duration KEPT = Duration.ofHours(1);
    private static final int MOST = 100_000;

    private final Cache<VmId, NodeOrder.HowToAsk> known =
            Caffeine.newBuilder().expireAfterWrite(KEPT).maximumSize(MOST).build();

    /** A node has said how it would ask the guest next; absent where it does not know. */
    void learn(VmId vm, NodeOrder.@Nullable HowToAsk next) {
        if (next == null) {
            known.invalidate(vm);
        } else if (!next.equals(known.getIfPresent(vm))) {
            known.put(vm, next);
        }
    }

    /** What to store of a start that begins at this time; absent where it is not known. */
    @Nullable
    StartIntent next(VmId vm, Instant at) {
        NodeOrder.HowToAsk next = known.getIfPresent(vm);
        return next == null ? null : new StartIntent(next.mode(), at, next.spool(), next.boot());
    }
}
