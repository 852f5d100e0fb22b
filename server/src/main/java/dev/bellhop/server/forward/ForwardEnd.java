// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward;

import dev.bellhop.server.failure.WireName;

/** Why a forwarded connection has ended. */
public enum ForwardEnd implements WireName {
    /** Both sides had said all, or one of them closed it. */
    CLOSED,
    /** Nobody has come with its ticket. */
    ABANDONED,
    /** Nothing went either way for too long. */
    IDLE,
    /** Its key has ended, or does not see the VM any more, or policy does not allow it any more. */
    NOT_ALLOWED,
    /** It broke, or the guest was restarted or does not answer. */
    LOST,
    /** The server stops. */
    SHUTTING_DOWN
}
