// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.node;

import java.util.Objects;

/**
 * The body of {@code POST /api/v2/nodes/actions/join}.
 *
 * @param token from {@link NodeToken}; kept out of {@link #toString}
 * @param publicKey of the key that the node has made, an nkey of a user
 */
public record JoinNode(String token, String publicKey) {

    public JoinNode {
        Objects.requireNonNull(token, "token");
        Objects.requireNonNull(publicKey, "publicKey");
    }

    @Override
    public String toString() {
        return "JoinNode[token=<secret>, publicKey=" + publicKey + "]";
    }
}
