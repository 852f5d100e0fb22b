// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import dev.bellhop.server.failure.WireName;

/** Why a terminal has ended. */
public enum EndReason implements WireName {
    /** Its command ended by itself. */
    EXITED,
    /** Somebody asked for it. */
    HUNG_UP,
    /** Nobody has come back to it. */
    ABANDONED,
    /** Nothing happened in it for too long. */
    IDLE,
    /** It was open for as long as one may be. */
    TIME_LIMIT,
    /** Its key has ended, or does not see the VM any more. */
    NOT_ALLOWED,
    /** The guest was restarted, does not answer, or has lost it. */
    LOST,
    /** The server stops. */
    SHUTTING_DOWN
}
