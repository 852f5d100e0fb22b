// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.terminal.TerminalTicket;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.body.RequestBody;
import dev.bellhop.server.http.connection.ClientAddress;
import dev.bellhop.server.service.TerminalControl;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * {@code /api/v2/vps/{vmid}/terminals/{id}/socket}: a terminal's WebSocket. A browser cannot send a header with it, and what stands in an
 * address ends up in logs: so a ticket lets its holder in, as one of the subprotocols that it names.
 */
public record V2TerminalSocket(TerminalControl terminals) {
    private static final String PROTOCOLS = "Sec-WebSocket-Protocol";

    public List<Route> routes() {
        return List.of(new Route("GET", TerminalViews.SOCKET, null, RequestBody.Taken.JSON, true, this::enter));
    }

    private HttpResponse enter(Call call) {
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
                        "Cannot open this socket without a ticket; name the subprotocols " + TerminalTicket.SUBPROTOCOL
                                + " and the ticket, which POST …/terminals/{id}/tickets gives"));
        if (!protocols.contains(TerminalTicket.SUBPROTOCOL) || !call.isWebSocket()) {
            throw new BellhopException(
                    ErrorCode.INVALID_REQUEST,
                    "Cannot open this socket because the request asks for no WebSocket with the subprotocol "
                            + TerminalTicket.SUBPROTOCOL);
        }
        Long seen = Parameters.integer(call, "offset", 0, Long.MAX_VALUE / 2).orElse(null);
        TerminalSocket socket = new TerminalSocket(terminals.enter(
                Parameters.vmid(call),
                call.pathParameter("id"),
                ticket,
                seen,
                call.id(),
                ClientAddress.certain(call.request())));
        return new HttpResponse.Upgraded(TerminalTicket.SUBPROTOCOL, socket);
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
