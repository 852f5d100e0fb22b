// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import java.util.Objects;

/**
 * The body of {@code POST /api/v2/vps/{vmid}/actions/move}.
 *
 * @param node the name of the node that the VM is on now
 */
public record MoveVm(String node) {

    public MoveVm {
        Objects.requireNonNull(node, "node");
    }
}
