// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.admin;

import dev.bellhop.api.v2.node.AddNode;
import dev.bellhop.api.v2.node.JoinNode;
import dev.bellhop.api.v2.node.JoinedNode;
import dev.bellhop.api.v2.node.NodeToken;
import dev.bellhop.api.v2.node.NodeView;
import dev.bellhop.api.v2.node.RemovedNode;
import dev.bellhop.api.v2.vm.MoveVm;
import dev.bellhop.server.cluster.admin.NodeEnrolment.Invitation;
import dev.bellhop.server.cluster.admin.NodeEnrolment.Membership;
import dev.bellhop.server.cluster.api.NodeStatus;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.connection.ClientAddress;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.admin.NodeAdmin;
import dev.bellhop.server.service.admin.NodeJoins;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;

/** {@code /api/v2/nodes}: the nodes of a cluster, for its administrators and for joining nodes. */
public record V2Nodes(NodeAdmin nodes, NodeJoins joins) {
    private static final String PATH = "/api/v2/nodes";
    private static final String NODE = PATH + "/{name}";
    private static final String JOIN = PATH + "/actions/join";

    public List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.NODE_LIST, this::list).query("limit", "cursor"),
                new Route("POST", PATH, UseCase.NODE_ADD, this::add),
                Route.withSecret("POST", JOIN, this::join),
                new Route("GET", NODE, UseCase.NODE_FIND, call -> one(call, nodes::find)),
                new Route("DELETE", NODE, UseCase.NODE_REMOVE, this::remove),
                new Route("POST", NODE + "/actions/drain", UseCase.NODE_DRAIN, call -> one(call, nodes::drain))
                        .withoutFields(),
                new Route("POST", NODE + "/actions/undrain", UseCase.NODE_UNDRAIN, call -> one(call, nodes::undrain))
                        .withoutFields(),
                new Route("POST", NODE + "/actions/revoke", UseCase.NODE_REVOKE, call -> one(call, nodes::revoke))
                        .withoutFields(),
                new Route("POST", "/api/v2/vps/{vmid}/actions/move", UseCase.VM_MOVE, this::move));
    }

    private HttpResponse list(Call call) {
        return HttpResponse.json(
                200,
                Paging.of(call, "nodes")
                        .page(
                                nodes.list(call.permit()),
                                node -> node.node().value(),
                                some -> some.stream().map(V2Nodes::view).toList()));
    }

    private static HttpResponse one(Call call, BiFunction<Permit, String, NodeStatus> what) {
        return HttpResponse.json(200, view(what.apply(call.permit(), call.pathParameter("name"))));
    }

    private HttpResponse add(Call call) {
        Invitation made = nodes.add(call.permit(), call.strictBody(AddNode.class));
        return HttpResponse.json(201, new NodeToken(made.node().value(), made.token(), made.until()))
                .with(Map.of("Location", PATH + "/" + made.node()));
    }

    private HttpResponse join(Call call) {
        Membership member = joins.join(
                call.strictBody(JoinNode.class),
                new NodeJoins.Origin("POST " + JOIN, call.id(), ClientAddress.text(call.request())));
        JoinedNode body = new JoinedNode(
                member.node().value(),
                member.jwt(),
                member.until(),
                member.nats().servers(),
                member.nats().authorities());
        return HttpResponse.json(200, body);
    }

    private HttpResponse remove(Call call) {
        String name = call.pathParameter("name");
        return HttpResponse.json(200, new RemovedNode(name, nodes.remove(call.permit(), name)));
    }

    private HttpResponse move(Call call) {
        nodes.move(
                call.permit(),
                Parameters.vmid(call),
                call.strictBody(MoveVm.class).node());
        return HttpResponse.noContent();
    }

    private static NodeView view(NodeStatus status) {
        Duration silentFor = status.silentFor();
        boolean wasThere = silentFor != null;
        return new NodeView(
                status.node().value(),
                status.state().name().toLowerCase(Locale.ROOT),
                status.drained(),
                silentFor == null ? null : silentFor.toSeconds(),
                status.version(),
                wasThere ? status.vms() : null,
                wasThere ? status.running() : null,
                wasThere ? status.waiting() : null,
                status.createdAt(),
                status.tokenUntil(),
                status.credentialsUntil(),
                status.ranges() == null ? null : status.ranges().toString(),
                status.refused().isEmpty()
                        ? null
                        : status.refused().stream().map(VmId::value).toList());
    }
}
