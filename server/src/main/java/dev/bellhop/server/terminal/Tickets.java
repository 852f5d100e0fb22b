// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.digest.Digests;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Tickets that replace a key for access to a terminal: 256 random bits, valid for one use within 30 seconds. Only a
 * hash is kept. Thread safe.
 */
public final class Tickets {
    public static final Duration GOOD_FOR = Duration.ofSeconds(30);
    private static final int BYTES = 32;
    private static final int MAX_TICKETS = 10_000;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Clock clock;
    private final Cache<String, Ticket> byHash = Caffeine.newBuilder()
            .maximumSize(MAX_TICKETS)
            .expireAfterWrite(GOOD_FOR)
            .executor(Runnable::run)
            .build();

    public Tickets(Clock clock) {
        this.clock = clock;
    }

    /**
     * The access that a ticket grants.
     *
     * @param key the key that the ticket replaces
     * @param readOnly whether its holder can see the terminal but not type
     */
    public record Ticket(TerminalId terminal, Key key, boolean readOnly, Instant until) {}

    /**
     * A new ticket.
     *
     * @param secret shown only once
     */
    public record Issued(TerminalId terminal, String secret, boolean readOnly, Instant until) {
        @Override
        public String toString() {
            return "Issued[" + terminal + "]";
        }
    }

    public Issued issue(TerminalId terminal, Key key, boolean readOnly) {
        byte[] random = new byte[BYTES];
        RANDOM.nextBytes(random);
        String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        Instant until = clock.instant().plus(GOOD_FOR);
        byHash.put(hash(secret), new Ticket(terminal, key, readOnly, until));
        return new Issued(terminal, secret, readOnly, until);
    }

    /** Uses up the ticket with this secret and returns it; empty if it is not valid. */
    public Optional<Ticket> use(String secret, TerminalId terminal) {
        Ticket ticket = byHash.asMap().remove(hash(secret));
        return Optional.ofNullable(ticket)
                .filter(found -> found.terminal().equals(terminal))
                .filter(found -> clock.instant().isBefore(found.until()));
    }

    private static String hash(String secret) {
        return HexFormat.of().formatHex(Digests.sha256(secret));
    }
}
