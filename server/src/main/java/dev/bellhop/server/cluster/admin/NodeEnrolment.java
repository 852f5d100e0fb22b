// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.admin;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.api.Nodes;
import dev.bellhop.server.cluster.api.TokenRenewals;
import dev.bellhop.server.cluster.credentials.NkeyText;
import dev.bellhop.server.cluster.credentials.UserTokens;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.vm.VmRanges;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Gives nodes what they connect to NATS with: for a token that is shown once, and then anew as long as they are there. Thread safe. */
public final class NodeEnrolment implements TokenRenewals {
    private final EnrolmentStore store;
    private final Nodes nodes;
    private final NodeRevocations revocations;
    private final UserTokens tokens;
    private final Nats nats;
    private final Clock clock;

    /**
     * How a node reaches NATS.
     *
     * @param servers addresses such as {@code tls://nats.example:4222}
     * @param authorities certificates by which NATS is known, in PEM; absent where it is reached without TLS
     */
    public record Nats(List<String> servers, @Nullable String authorities) {
        public Nats {
            servers = List.copyOf(servers);
        }
    }

    /** @param clock what is signed holds from its time on */
    public NodeEnrolment(
            EnrolmentStore store, Nodes nodes, NodeRevocations revocations, UserTokens tokens, Nats nats, Clock clock) {
        this.store = store;
        this.nodes = nodes;
        this.revocations = revocations;
        this.tokens = tokens;
        this.nats = nats;
        this.clock = clock;
    }

    /**
     * A node may join.
     *
     * @param token to be shown once
     */
    public record Invitation(NodeId node, String token, Instant until) {
        @Override
        public String toString() {
            return "Invitation[" + node + ", " + until + "]";
        }
    }

    /**
     * What a node gets that has joined.
     *
     * @param jwt of no use without the node's key
     */
    public record Membership(NodeId node, String jwt, Instant until, Nats nats) {
        @Override
        public String toString() {
            return "Membership[" + node + ", " + until + "]";
        }
    }

    /**
     * Makes a token for one join of a node. The node may be known or revoked.
     *
     * @param ranges VMs that it can claim from other nodes; absent to leave them unchanged
     */
    public Invitation invite(NodeId node, Duration lifetime, @Nullable VmRanges ranges) {
        JoinToken token = JoinToken.generate(node);
        Instant until = Writes.await(store.invite(node, token.hash(), lifetime, ranges));
        nodes.know();
        return new Invitation(node, token.reveal(), until);
    }

    /** Whether a text is the public key of a node, as far as its form goes. */
    public static boolean isPublicKey(String text) {
        try {
            return !NkeyText.requirePublicKey(text, NkeyText.Kind.USER).isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * A node joins.
     *
     * @param publicKey of its own, by which it is known from then on
     * @throws BellhopException {@code UNAUTHORIZED} in the same words whatever is wrong with the token
     */
    public Membership join(String tokenText, String publicKey) {
        Optional<JoinToken> token = JoinToken.parse(tokenText);
        if (token.isEmpty()
                || !Writes.await(
                        store.join(token.get().node(), token.get().hash(), publicKey, UserTokens.NODE_LIFETIME))) {
            throw new BellhopException(
                    ErrorCode.UNAUTHORIZED,
                    "Cannot let a node join by this token because it is unknown, has expired, or was used; have an admin make"
                            + " another with 'bellhop node add'");
        }
        nodes.know();
        // Of a key that the node had before.
        revocations.wake();
        NodeId node = token.get().node();
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        return new Membership(node, tokens.node(node, publicKey, now), now.plus(UserTokens.NODE_LIFETIME), nats);
    }

    @Override
    public String renew(NodeId node, String publicKey) {
        if (!isPublicKey(publicKey)) {
            throw new BellhopException(
                    ErrorCode.INVALID_REQUEST, "Cannot renew the credentials of node " + node + " for what is no key");
        }
        Writes.await(store.renew(node, publicKey, UserTokens.NODE_LIFETIME));
        return tokens.node(node, publicKey, clock.instant());
    }
}
