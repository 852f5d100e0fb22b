// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward;

import dev.bellhop.server.failure.WireName;

/** The reason why a forwarded connection ended. */
public enum ForwardEnd implements WireName {
    /** Both sides had ended their output, or one of them closed the connection. */
    CLOSED,
    /** No client has taken it in time. */
    ABANDONED,
    /** There was no traffic for too long. */
    IDLE,
    /** Its key has ended or no longer sees the VM, or a policy no longer allows it. */
    NOT_ALLOWED,
    /** It broke, or the guest was restarted or does not answer. */
    LOST,
    /** The server is stopping. */
    SHUTTING_DOWN
}
