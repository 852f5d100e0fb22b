// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import java.io.IOException;

/** The server does not let in whoever has this ticket. */
final class TicketRefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    TicketRefusedException(Throwable cause) {
        super("the ticket is used, too old, or not good from this address", cause);
    }
}
