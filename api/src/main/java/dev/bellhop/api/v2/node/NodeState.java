// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.node;

import dev.bellhop.api.v2.OpenEnum;

/** The states of a node. */
public enum NodeState implements OpenEnum {
    READY,
    UNREACHABLE,
    DRAINED,
    REVOKED,
    /** A value of a later server. */
    UNKNOWN;

    /** Never fails: other texts are {@link #UNKNOWN}. */
    public static NodeState of(String text) {
        return OpenEnum.find(values(), text, UNKNOWN);
    }
}
