// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import dev.bellhop.api.v2.OpenEnum;

/** The states of an operation on a VM. The last two are final. */
public enum OperationState implements OpenEnum {
    WAITING,
    RUNNING,
    COMPLETED,
    FAILED,
    /** A value of a later server. */
    UNKNOWN;

    /** Never fails: other texts are {@link #UNKNOWN}. */
    public static OperationState of(String text) {
        return OpenEnum.find(values(), text, UNKNOWN);
    }
}
