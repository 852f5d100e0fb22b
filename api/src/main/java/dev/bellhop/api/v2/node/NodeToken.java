// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.node;

import java.time.Instant;
import java.util.Objects;

/**
 * What a node joins by, for the first and last time; the answer of {@code POST /api/v2/nodes}.
 *
 * @param name of the node
 * @param token the secret; kept out of {@link #toString}
 * @param expiresAt when it ends
 */
public record NodeToken(String name, String token, Instant expiresAt) {

    public NodeToken {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(token, "token");
        Objects.requireNonNull(expiresAt, "expiresAt");
    }

    @Override
    public String toString() {
        return "NodeToken[name=" + name + ", token=<secret>, expiresAt=" + expiresAt + "]";
    }
}
