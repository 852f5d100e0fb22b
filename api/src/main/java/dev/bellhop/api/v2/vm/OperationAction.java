// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import dev.bellhop.api.v2.OpenEnum;

/** Operations on a VM. */
public enum OperationAction implements OpenEnum {
    START,
    SHUTDOWN,
    STOP,
    RESTART,
    RESET,
    REBOOT,
    /** A value of a later server. */
    UNKNOWN;

    /** Never fails: other texts are {@link #UNKNOWN}. */
    public static OperationAction of(String text) {
        return OpenEnum.find(values(), text, UNKNOWN);
    }
}
