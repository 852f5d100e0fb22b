// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.terminal.TerminalTicket;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.http.Call;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The ticket that opens a WebSocket. A browser cannot add a header to that request, and URLs end up in logs. So the
 * ticket is one of the subprotocols in the request.
 */
public final class SocketTicket {
    private static final String PROTOCOLS = "Sec-WebSocket-Protocol";

    private SocketTicket() {}

    /**
     * Returns the ticket of a request.
     *
     * @param subprotocol must also be in the request
     * @param from the route that issues tickets, for error messages
     * @throws BellhopException {@code FORBIDDEN} for a page of another site, {@code UNAUTHORIZED} without a ticket,
     *     {@code INVALID_REQUEST} if the request does not ask for such a WebSocket
     */
    public static String of(Call call, String subprotocol, String from) {
        requireOwnPage(call);
        List<String> protocols = call.header(PROTOCOLS)
                .map(header ->
                        Arrays.stream(header.split(",")).map(String::strip).toList())
                .orElse(List.of());
        String ticket = protocols.stream()
                .filter(protocol -> protocol.startsWith(TerminalTicket.PREFIX))
                .findFirst()
                .map(protocol -> protocol.substring(TerminalTicket.PREFIX.length()))
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.UNAUTHORIZED,
                        "Cannot open this socket without a ticket; name the subprotocols " + subprotocol
                                + " and the ticket, which " + from + " gives"));
        if (!protocols.contains(subprotocol) || !call.isWebSocket()) {
            throw new BellhopException(
                    ErrorCode.INVALID_REQUEST,
                    "Cannot open this socket because the request asks for no WebSocket with the subprotocol "
                            + subprotocol);
        }
        return ticket;
    }

    /** Refuses pages of other sites, even with a valid ticket. */
    private static void requireOwnPage(Call call) {
        String origin = call.header("Origin").orElse(null);
        if (origin == null) {
            return;
        }
        String host = call.header("Host").orElse("").toLowerCase(Locale.ROOT);
        if (!host.equals(authority(origin))) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN, "Cannot open this socket for a page of another site than this server");
        }
    }

    private static String authority(String origin) {
        try {
            String authority = URI.create(origin).getRawAuthority();
            return authority == null ? "" : authority.toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
