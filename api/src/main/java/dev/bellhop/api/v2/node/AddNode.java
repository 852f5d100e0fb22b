// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.node;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/nodes}.
 *
 * @param name lowercase letters, digits and hyphens, such as the short name of the node's host
 * @param expiresInSeconds how long the node may join by the token; absent for an hour
 */
public record AddNode(String name, @Nullable Integer expiresInSeconds) {

    public AddNode {
        Objects.requireNonNull(name, "name");
    }
}
