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
 * What lets somebody open a WebSocket. A browser cannot send a header with it, and what stands in an address ends up in logs: so it is a
 * ticket, as one of the subprotocols that the request names.
 */
public final class SocketTicket {
    private static final String PROTOCOLS = "Sec-WebSocket-Protocol";

    private SocketTicket() {}

    /**
     * The ticket of a request.
     *
     * @param subprotocol to be named beside it
     * @param from where one gets a ticket
     * @throws BellhopException {@code FORBIDDEN} for a page of another site, {@code UNAUTHORIZED} without a ticket, {@code INVALID_REQUEST}
     *     for what asks for no such WebSocket
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

    /** A page of another site has no ticket, and where it has got hold of one it has no business here all the same. */
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
