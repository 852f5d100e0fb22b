// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.terminal;

import dev.bellhop.api.v2.OpenEnum;

/** The states of a terminal. */
public enum TerminalState implements OpenEnum {
    OPEN,
    ENDED,
    /** A value of a later server. */
    UNKNOWN;

    /** Never fails: other texts are {@link #UNKNOWN}. */
    public static TerminalState of(String text) {
        return OpenEnum.find(values(), text, UNKNOWN);
    }
}
