// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.node;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/nodes}.
 *
 * @param name lowercase letters, digits and hyphens, such as the short name of the node's host
 * @param expiresInSeconds how long the node may join by the token; absent for an hour
 * @param vms VMs that the node can claim from other nodes, such as {@code 10000-10999,20001} or {@code all}; absent to leave
 *     them unchanged
 */
public record AddNode(
        String name,
        @Nullable Integer expiresInSeconds,
        @Nullable String vms) {

    public AddNode {
        Objects.requireNonNull(name, "name");
    }
}
