// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.node;

import java.util.Objects;

/**
 * A node that is none any more; the answer of {@code DELETE /api/v2/nodes/{name}}.
 *
 * @param name it had
 * @param freedVms how many VMs it held, which other nodes may have from then on
 */
public record RemovedNode(String name, int freedVms) {

    public RemovedNode {
        Objects.requireNonNull(name, "name");
    }
}
