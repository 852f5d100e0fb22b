// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import dev.bellhop.server.failure.WireName;

/** The reason why a terminal ended. */
public enum EndReason implements WireName {
    /** Its command ended by itself. */
    EXITED,
    /** A client ended it. */
    HUNG_UP,
    /** No client that can type came back in time. */
    ABANDONED,
    /** There was no input or output for too long. */
    IDLE,
    /** It reached the time limit of terminals. */
    TIME_LIMIT,
    /** Its key has ended, or no longer sees the VM. */
    NOT_ALLOWED,
    /** The guest was restarted, does not answer, or has lost it. */
    LOST,
    /** The server is stopping. */
    SHUTTING_DOWN
}
