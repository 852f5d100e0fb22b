// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.api.v2.node.JoinNode;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.cluster.admin.NodeEnrolment;
import dev.bellhop.server.cluster.admin.NodeEnrolment.Membership;
import dev.bellhop.server.cluster.admin.NodeManagement;
import dev.bellhop.server.failure.FieldFaults;
import org.jspecify.annotations.Nullable;

/**
 * Lets nodes join with tokens from {@link NodeAdmin#add}. Needs no key and so no permit: the token is sufficient.
 * Thread safe.
 */
public final class NodeJoins {
    private static final int MAX_TOKEN_LENGTH = 200;

    private final @Nullable NodeManagement nodes;
    private final AuditTrail audit;

    /** @param nodes absent on a server outside a cluster */
    public NodeJoins(@Nullable NodeManagement nodes, AuditTrail audit) {
        this.nodes = nodes;
        this.audit = audit;
    }

    /**
     * The origin of a request, for the trail.
     *
     * @param door the method and path template of the request
     * @param address absent if it is not known
     */
    public record Origin(
            String door, String requestId, @Nullable String address) {}

    /**
     * Adds the node that sends the request.
     *
     * @throws dev.bellhop.server.failure.BellhopException {@code UNAUTHORIZED} for any problem with the token;
     *     {@code NOT_SUPPORTED} on a server outside a cluster
     */
    public Membership join(JoinNode wanted, Origin from) {
        FieldFaults faults = new FieldFaults();
        faults.unlessBetween(1, wanted.token().length(), MAX_TOKEN_LENGTH, "/token");
        faults.malformedUnless(
                NodeEnrolment.isPublicKey(wanted.publicKey()), "/publicKey", "The public nkey of a user, such as U…");
        faults.throwIfAny("Cannot let a node join because some of its fields are not valid");
        audit.requireRoom();
        Membership member = NodeAdmin.of(nodes).enrolment().join(wanted.token(), wanted.publicKey());
        audit.add(new AuditEntry(audit.now(), AuditRecord.NODE_JOIN, Outcome.DONE)
                .through(from.door)
                .from(from.address)
                .request(from.requestId)
                .about(member.node().value()));
        return member;
    }
}
