// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.nats;

import dev.bellhop.server.cluster.credentials.AccountTokens;
import dev.bellhop.server.cluster.credentials.ClusterKeys;
import dev.bellhop.server.cluster.credentials.NatsJwt;
import dev.bellhop.server.cluster.credentials.NkeyText;
import dev.bellhop.server.cluster.credentials.UserTokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Changes who may connect to the cluster's NATS. Each call connects on its own, as the administrator of accounts.
 *
 * <p>NATS keeps the account as a whole, so a change is read, made and written. Let one process in the cluster do it at a time: two
 * at once could lose the change of one. What was lost that way, or with NATS's disk, comes back by {@link #revokeAll} with all that
 * the store knows. Thread safe.
 */
public final class AccountClaims {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final String UPDATE = "$SYS.REQ.CLAIMS.UPDATE";
    private static final int OK = 200;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final ClusterKeys keys;
    private final List<String> servers;
    private final @Nullable SSLContext tls;
    private final Clock clock;

    public AccountClaims(ClusterKeys keys, List<String> servers, @Nullable SSLContext tls, Clock clock) {
        this.keys = keys;
        this.servers = List.copyOf(servers);
        this.tls = tls;
        this.clock = clock;
    }

    /**
     * Revokes all tokens that this key has until now, and returns once NATS has closed its connections. A token that is signed
     * for it in a later second holds.
     *
     * @param userKey the public key of a node
     * @throws IOException where NATS does not do it; it is then not known whether it has
     * @throws IllegalArgumentException where it is no user's public key
     */
    public void revoke(String userKey) throws IOException, InterruptedException {
        revokeAll(Map.of(userKey, clock.instant()));
    }

    /**
     * Revokes the tokens of these keys that were signed until the given times, beside those that are revoked. Changes nothing
     * where NATS has them all.
     */
    public void revokeAll(Map<String, Instant> revoked) throws IOException, InterruptedException {
        revoked.keySet().forEach(key -> NkeyText.requirePublicKey(key, NkeyText.Kind.USER));
        NatsSettings settings =
                NatsSettings.of(servers, "bellhop-accounts", new UserTokens(keys).administrator(clock.instant()), tls);
        try (NatsBus bus = NatsBus.open(settings)) {
            if (!bus.awaitConnected(TIMEOUT)) {
                throw new IOException(
                        "Cannot change the accounts of NATS because there is no connection to it at " + servers);
            }
            Map<String, Instant> present = present(bus);
            Map<String, Instant> merged = merged(present, revoked);
            if (!merged.equals(present)) {
                write(bus, merged);
            }
        }
    }

    private Map<String, Instant> present(NatsBus bus) throws IOException, InterruptedException {
        String lookup = "$SYS.REQ.ACCOUNT." + keys.account().publicKey() + ".CLAIMS.LOOKUP";
        String jwt = new String(ask(bus, lookup, new byte[0]), StandardCharsets.US_ASCII);
        // NATS would take an account that another operator signed, and could not start with it again.
        if (jwt.isEmpty() || !NatsJwt.issuer(jwt).equals(keys.operator().publicKey())) {
            throw new IOException("Cannot change the accounts of NATS because it has those of another cluster;"
                    + " start it with the nats.conf that 'bellhop cluster init' wrote with these keys");
        }
        return AccountTokens.revoked(jwt);
    }

    /** With the later time of each key, in whole seconds as NATS has them. */
    private static Map<String, Instant> merged(Map<String, Instant> present, Map<String, Instant> added) {
        Map<String, Instant> merged = new TreeMap<>(present);
        added.forEach((key, at) -> merged.merge(
                key, at.truncatedTo(ChronoUnit.SECONDS), (one, other) -> one.isAfter(other) ? one : other));
        return merged;
    }

    private void write(NatsBus bus, Map<String, Instant> revoked) throws IOException, InterruptedException {
        String jwt = AccountTokens.cluster(keys, clock.instant(), revoked);
        byte[] answer = ask(bus, UPDATE, jwt.getBytes(StandardCharsets.US_ASCII));
        try {
            JsonNode status = JSON.readTree(answer);
            if (status.path("data").path("code").asInt(0) == OK) {
                return;
            }
            throw new IOException("NATS refused to change the account: "
                    + status.path("error").path("description").asString("")
                    + "; its nats.conf must be the one that came with these keys");
        } catch (JacksonException e) {
            throw new IOException("NATS answered something else than whether it changed the account");
        }
    }

    private static byte[] ask(NatsBus bus, String subject, byte[] payload) throws IOException, InterruptedException {
        try {
            return bus.request(subject, payload, TIMEOUT).get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(
                    "Cannot change the accounts of NATS because " + cause.getMessage() + "; if it runs, try again");
        }
    }
}
