// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.terminal.TerminalTicket;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.body.RequestBody;
import dev.bellhop.server.http.connection.ClientAddress;
import dev.bellhop.server.service.terminal.TerminalControl;
import java.util.List;

/** {@code /api/v2/vps/{vmid}/terminals/{id}/socket}: a terminal's WebSocket, which a {@linkplain SocketTicket ticket} opens. */
public record V2TerminalSocket(TerminalControl terminals) {
    public List<Route> routes() {
        return List.of(new Route("GET", TerminalViews.SOCKET, null, RequestBody.Taken.JSON, true, this::enter)
                .query("offset"));
    }

    private HttpResponse enter(Call call) {
        String ticket = SocketTicket.of(call, TerminalTicket.SUBPROTOCOL, "POST …/terminals/{id}/tickets");
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
}
