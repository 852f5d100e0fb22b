// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** Makes the tokens that NATS itself holds: of the operator, and of the accounts, which say who is revoked. */
public final class AccountTokens {
    /** A token that is older than any node's may be says nothing of it any more. */
    private static final Duration REVOCATION_LIFETIME = UserTokens.NODE_LIFETIME.plusDays(1);

    private static final int NO_LIMIT = -1;

    private AccountTokens() {}

    /**
     * The operator's, which NATS trusts.
     *
     * @param identity the key that is kept elsewhere: it names the operator, and its signing key can be replaced by it
     */
    static String operator(Nkey identity, ClusterKeys keys, Instant now) {
        return NatsJwt.sign(
                identity,
                identity.publicKey(),
                "bellhop",
                now,
                null,
                "operator",
                Map.of(
                        "signing_keys",
                        List.of(keys.operator().publicKey()),
                        "system_account",
                        keys.system().publicKey()));
    }

    /** The account's that NATS itself speaks in. */
    static String system(ClusterKeys keys, Instant now) {
        return account(keys.operator(), keys.system(), "bellhop-system", now, Map.of());
    }

    /**
     * The account's that nodes and API servers speak in.
     *
     * @param revoked public keys of users, and when: what was signed for them until then does not hold
     */
    public static String cluster(ClusterKeys keys, Instant now, Map<String, Instant> revoked) {
        return account(keys.operator(), keys.account(), "bellhop", now, revoked);
    }

    /** Who is revoked by a token of the cluster's account. */
    public static Map<String, Instant> revoked(String jwt) {
        Map<String, Instant> revoked = new TreeMap<>();
        JsonNode entries = NatsJwt.body(jwt).path("nats").path("revocations");
        entries.properties()
                .forEach(entry -> revoked.put(
                        entry.getKey(), Instant.ofEpochSecond(entry.getValue().asLong())));
        return revoked;
    }

    private static String account(Nkey operator, Nkey account, String name, Instant now, Map<String, Instant> revoked) {
        Map<String, Long> revocations = new TreeMap<>();
        revoked.forEach((key, at) -> {
            if (at.plus(REVOCATION_LIFETIME).isAfter(now)) {
                revocations.put(key, at.getEpochSecond());
            }
        });
        Map<String, Object> claims = new TreeMap<>();
        // What is left out is 0, which forbids it: leaf nodes, and JetStream.
        claims.put(
                "limits",
                Map.of(
                        "subs", NO_LIMIT,
                        "data", NO_LIMIT,
                        "payload", NO_LIMIT,
                        "imports", NO_LIMIT,
                        "exports", NO_LIMIT,
                        "wildcards", true,
                        "conn", NO_LIMIT));
        claims.put("default_permissions", Map.of("pub", Map.of(), "sub", Map.of()));
        if (!revocations.isEmpty()) {
            claims.put("revocations", revocations);
        }
        return NatsJwt.sign(operator, account.publicKey(), name, now, null, "account", claims);
    }
}
