// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.credentials.NkeyText.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes the tokens that say who may say what. All are lists of what is allowed; none says what is not. Thread safe.
 *
 * @param keys of an API server
 */
public record UserTokens(ClusterKeys keys) {
    /** How long a node's token holds. It is to be renewed when half of that is over. */
    public static final Duration NODE_LIFETIME = Duration.ofDays(30);

    private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(2);

    /** A node has one for its orders and one for its answers; this leaves room for a next release. */
    private static final int MAX_SUBSCRIPTIONS_OF_NODE = 32;

    private static final int NO_LIMIT = -1;

    /**
     * A token for a node: it may read its own orders and answers, ask API servers in its own name, and answer each order once,
     * within two minutes.
     *
     * @param userKey the public key that the node made
     * @throws IllegalArgumentException where that is no user's public key
     */
    public String node(NodeId node, String userKey, Instant now) {
        Map<String, Object> claims = claims(
                List.of(Subjects.allOrders(node), Subjects.inbox(node) + ">"),
                List.of(Subjects.allRequests(node)),
                MAX_SUBSCRIPTIONS_OF_NODE);
        claims.put("resp", Map.of("max", 1, "ttl", ANSWER_TIMEOUT.toNanos()));
        return NatsJwt.sign(
                keys.account(),
                NkeyText.requirePublicKey(userKey, Kind.USER),
                "node " + node,
                now,
                now.plus(NODE_LIFETIME),
                "user",
                claims);
    }

    /** What an API server connects with: a key of its own, which lies in no file, and a token that holds while it runs. */
    public UserCredentials apiServer(Instant now) {
        return own(
                keys.account(),
                now,
                claims(
                        List.of(
                                Subjects.ALL_THAT_NODES_ASK,
                                Subjects.ALL_EXECUTION_HINTS,
                                Subjects.ALL_CACHE_HINTS,
                                Subjects.API_INBOX + ">"),
                        List.of(
                                Subjects.ALL_ORDERS,
                                Subjects.ALL_EXECUTION_HINTS,
                                Subjects.ALL_CACHE_HINTS,
                                "_INBOX.>"),
                        NO_LIMIT));
    }

    /** What an API server connects with to change the account, and for nothing else. */
    public UserCredentials administrator(Instant now) {
        return own(
                keys.system(),
                now,
                claims(
                        List.of(Subjects.API_INBOX + ">"),
                        List.of("$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP"),
                        NO_LIMIT));
    }

    private static UserCredentials own(Nkey account, Instant now, Map<String, ?> claims) {
        Nkey key = Nkey.generate(Kind.USER);
        @Nullable Instant never = null;
        String jwt = NatsJwt.sign(account, key.publicKey(), "API server", now, never, "user", claims);
        return new UserCredentials(key, () -> jwt, Subjects.API_INBOX);
    }

    private static Map<String, Object> claims(List<String> subscribe, List<String> publish, int maxSubscriptions) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("sub", Map.of("allow", subscribe));
        claims.put("pub", Map.of("allow", publish));
        claims.put("subs", maxSubscriptions);
        claims.put("data", NO_LIMIT);
        claims.put("payload", NO_LIMIT);
        claims.put("allowed_connection_types", List.of("STANDARD"));
        return claims;
    }
}
