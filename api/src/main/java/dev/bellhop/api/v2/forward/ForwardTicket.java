// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.forward;

import java.time.Instant;
import java.util.Objects;

/**
 * What lets somebody have a forwarded connection, once.
 *
 * @param ticket the secret, in the form of a WebSocket's subprotocol
 * @param expiresAt until when it is good
 * @param socket the path of the WebSocket
 */
public record ForwardTicket(String ticket, Instant expiresAt, String socket) {
    /** The subprotocol to ask for beside the ticket, which is the one that is accepted. */
    public static final String SUBPROTOCOL = "bellhop.forward.v1";

    public ForwardTicket {
        Objects.requireNonNull(ticket, "ticket");
        Objects.requireNonNull(expiresAt, "expiresAt");
        Objects.requireNonNull(socket, "socket");
    }

    @Override
    public String toString() {
        return "ForwardTicket[" + socket + "]";
    }
}
