// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.execution;

import dev.bellhop.api.v2.OpenEnum;

/** The states of an execution. All but the first two are final. */
public enum ExecutionState implements OpenEnum {
    PENDING,
    RUNNING,
    EXITED,
    TIMED_OUT,
    CANCELLED,
    LOST,
    REJECTED,
    /** A value of a later server. */
    UNKNOWN;

    /** Never fails: other texts are {@link #UNKNOWN}. */
    public static ExecutionState of(String text) {
        return OpenEnum.find(values(), text, UNKNOWN);
    }
}
