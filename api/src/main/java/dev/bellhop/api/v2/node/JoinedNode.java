// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.node;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a node gets that has joined; the answer of {@code POST /api/v2/nodes/actions/join}.
 *
 * @param name of the node
 * @param jwt what it shows NATS, beside its key; kept out of {@link #toString}
 * @param expiresAt until when that holds, unless the node has renewed it
 * @param nats addresses of NATS, any of which will do
 * @param authorities certificates by which it knows NATS, in PEM; absent where that is reached without TLS
 */
public record JoinedNode(
        String name,
        String jwt,
        Instant expiresAt,
        List<String> nats,
        @Nullable String authorities) {

    public JoinedNode {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(jwt, "jwt");
        Objects.requireNonNull(expiresAt, "expiresAt");
        nats = List.copyOf(Objects.requireNonNull(nats, "nats"));
    }

    @Override
    public String toString() {
        return "JoinedNode[name=" + name + ", jwt=<secret>, expiresAt=" + expiresAt + ", nats=" + nats + "]";
    }
}
