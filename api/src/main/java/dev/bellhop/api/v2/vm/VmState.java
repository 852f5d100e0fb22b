// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import dev.bellhop.api.v2.OpenEnum;

/** The states of a VM. */
public enum VmState implements OpenEnum {
    RUNNING,
    STOPPED,
    PAUSED,
    STARTING,
    STOPPING,
    /** The server does not know the state, or is later than this client and has a new one. */
    UNKNOWN;

    /** Never fails: other texts are {@link #UNKNOWN}. */
    public static VmState of(String text) {
        return OpenEnum.find(values(), text, UNKNOWN);
    }
}
