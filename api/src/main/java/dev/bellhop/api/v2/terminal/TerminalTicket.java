// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.terminal;

import java.time.Instant;
import java.util.Objects;

/**
 * What lets somebody into a terminal, once.
 *
 * @param ticket the secret, in the form of a WebSocket's subprotocol
 * @param readOnly whether its holder may look and not type
 * @param expiresAt until when it is good
 * @param socket the path of the WebSocket
 */
public record TerminalTicket(String ticket, boolean readOnly, Instant expiresAt, String socket) {
    /** What a ticket begins with. */
    public static final String PREFIX = "bellhop.ticket.";

    /** The subprotocol to ask for beside the ticket, which is the one that is accepted. */
    public static final String SUBPROTOCOL = "bellhop.terminal.v1";

    public TerminalTicket {
        Objects.requireNonNull(ticket, "ticket");
        Objects.requireNonNull(expiresAt, "expiresAt");
        Objects.requireNonNull(socket, "socket");
    }

    @Override
    public String toString() {
        return "TerminalTicket[" + socket + "]";
    }
}
