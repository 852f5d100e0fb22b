// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.vm.VmRanges;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
@Tag("cluster")
class NodeRevocationsTest {
    private static final Instant THEN = Instant.parse("2026-03-01T00:00:00Z");

    private volatile Map<String, Instant> stored = Map.of();
    private volatile boolean isStoreAway;
    private volatile boolean isNatsAway;
    private final List<Map<String, Instant>> told = new CopyOnWriteArrayList<>();
    private final NodeRevocations revocations = new NodeRevocations(new Keys(), this::tell);

    @AfterEach
    void close() {
        revocations.close();
    }

    private void tell(Map<String, Instant> keys) throws IOException {
        if (isNatsAway) {
            throw new IOException("NATS is away");
        }
        told.add(keys);
    }

    @Test
    void natsIsToldOfAllAndOnce() throws Exception {
        assertThat(revocations.revokeNow()).isTrue();
        assertThat(told).as("there is none").isEmpty();
        stored = Map.of("U1", THEN);
        assertThat(revocations.revokeNow()).isTrue();
        assertThat(revocations.revokeNow()).isTrue();
        stored = Map.of("U1", THEN, "U2", THEN);
        assertThat(revocations.revokeNow()).isTrue();

        assertThat(told).extracting(Map::keySet).containsExactly(Set.of("U1"), Set.of("U1", "U2"));
        assertThat(told.getFirst().get("U1")).as("whatever the clocks say").isAfter(THEN.plusSeconds(60));
    }

    @Test
    void whatNatsMayHaveLostItIsToldAgain() {
        stored = Map.of("U1", THEN);
        revocations.start();
        await().until(() -> told.size() == 1);
        revocations.tellAgain();
        await().until(() -> told.size() == 2);
        stored = Map.of("U1", THEN, "U2", THEN);
        revocations.wake();
        await().until(() -> told.size() == 3);
    }

    @Test
    void whatCouldNotBeToldIsToldLater() throws Exception {
        stored = Map.of("U1", THEN);
        isNatsAway = true;
        assertThat(revocations.revokeNow()).isFalse();
        isNatsAway = false;
        isStoreAway = true;
        assertThat(revocations.revokeNow()).isFalse();
        assertThat(told).isEmpty();
        isStoreAway = false;
        revocations.start();
        await().until(() -> told.size() == 1);
    }

    private final class Keys implements EnrolmentStore {
        @Override
        public Map<String, Instant> revokedKeys() {
            if (isStoreAway) {
                throw new BellhopException(ErrorCode.STORE_UNAVAILABLE, "Cannot look this up");
            }
            return stored;
        }

        @Override
        public CompletableFuture<Instant> invite(
                NodeId node, byte[] tokenHash, Duration lifetime, @Nullable VmRanges ranges) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Boolean> join(NodeId node, byte[] tokenHash, String publicKey, Duration lifetime) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Void> renew(NodeId node, String publicKey, Duration lifetime) {
            throw new UnsupportedOperationException();
        }
    }
}
