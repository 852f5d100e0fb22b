// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.forward;

import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.forward.CreateForward;
import dev.bellhop.api.v2.forward.ForwardSummary;
import dev.bellhop.api.v2.forward.ForwardTicket;
import dev.bellhop.api.v2.forward.ForwardView;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import dev.bellhop.server.forward.Forward;
import dev.bellhop.server.forward.ForwardInfo;
import dev.bellhop.server.forward.OneTimeTicket;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.body.RequestBody;
import dev.bellhop.server.http.connection.ClientAddress;
import dev.bellhop.server.http.v2.SocketTicket;
import dev.bellhop.server.service.ForwardControl;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VmAccess;
import java.util.List;
import java.util.Map;

/** {@code /api/v2/vps/{vmid}/forwards}: connections that the guest opens, and their WebSockets. */
public record V2Forwards(VmAccess access, ForwardControl forwards) {
    /** A load balancer can send all paths of one VM to one server, because they have the same prefix. */
    private static final String PATH = "/api/v2/vps/{vmid}/forwards";

    private static final String ONE = PATH + "/{id}";
    private static final String SOCKET = ONE + "/socket";

    public List<Route> routes() {
        return List.of(
                new Route("POST", PATH, UseCase.FORWARD_OPEN, this::open),
                new Route("GET", PATH, UseCase.FORWARD_LIST, this::list),
                new Route("GET", ONE, UseCase.FORWARD_FIND, this::find),
                new Route("GET", SOCKET, null, RequestBody.Taken.JSON, true, this::take));
    }

    private HttpResponse open(Call call) {
        CreateForward wanted = call.strictBody(CreateForward.class);
        Forward forward =
                forwards.open(access.find(call.permit(), Parameters.vmid(call)), wanted.host(), wanted.port());
        return HttpResponse.json(201, view(forward, forwards.ticket(forward)))
                .with(Map.of("Location", path(ONE, forward.info())));
    }

    private HttpResponse list(Call call) {
        List<ForwardSummary> found = forwards.list(access.find(call.permit(), Parameters.vmid(call))).stream()
                .map(V2Forwards::summary)
                .toList();
        return HttpResponse.json(200, new Page<>(found, null));
    }

    private HttpResponse find(Call call) {
        Forward found = forwards.find(access.visible(call.permit(), Parameters.vmid(call)), call.pathParameter("id"));
        return HttpResponse.json(200, summary(found));
    }

    private static ForwardSummary summary(Forward forward) {
        ForwardInfo info = forward.info();
        return new ForwardSummary(
                info.id().toString(),
                info.vm().value(),
                info.target().host(),
                info.target().port(),
                info.openedAt(),
                info.keyId(),
                forward.isTaken(),
                forward.sent(),
                forward.received());
    }

    private static ForwardView view(Forward forward, OneTimeTicket ticket) {
        ForwardInfo info = forward.info();
        return new ForwardView(
                info.id().toString(),
                info.vm().value(),
                info.target().host(),
                info.target().port(),
                info.openedAt(),
                info.keyId(),
                new ForwardTicket(TerminalTicket.PREFIX + ticket.secret(), ticket.until(), path(SOCKET, info)));
    }

    private static String path(String template, ForwardInfo info) {
        return template.replace("{vmid}", info.vm().toString())
                .replace("{id}", info.id().toString());
    }

    private HttpResponse take(Call call) {
        String ticket = SocketTicket.of(call, ForwardTicket.SUBPROTOCOL, "POST …/forwards");
        Forward forward = forwards.take(
                Parameters.vmid(call), call.pathParameter("id"), ticket, ClientAddress.certain(call.request()));
        return new HttpResponse.Upgraded(ForwardTicket.SUBPROTOCOL, new ForwardSocket(forward));
    }
}
