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
 * Lets nodes join by the tokens that {@link NodeAdmin#add} has made. There is no key and so no permit: whoever has the token may. Thread
 * safe.
 */
public final class NodeJoins {
    private static final int MAX_TOKEN_LENGTH = 200;

    private final @Nullable NodeManagement nodes;
    private final AuditTrail audit;

    /** @param nodes absent on a server that is none of a cluster */
    public NodeJoins(@Nullable NodeManagement nodes, AuditTrail audit) {
        this.nodes = nodes;
        this.audit = audit;
    }

    /**
     * Where a request comes from, for the trail.
     *
     * @param door the method and path template of the request
     * @param address absent where it is not known
     */
    public record Origin(
            String door, String requestId, @Nullable String address) {}

    /**
     * A node joins.
     *
     * @throws dev.bellhop.server.failure.BellhopException {@code UNAUTHORIZED} whatever is wrong with the token; {@code NOT_SUPPORTED} on a
     *     server that is none of a cluster
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
