// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.store.Duty;
import dev.bellhop.server.store.Generations;
import dev.bellhop.server.store.WriteConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leases of this server on the duties of its cluster. A lease ends by the clock of the database, even if its holder
 * is frozen and its connection stays open. The holder stops earlier, by its own clock. One thread renews; any thread
 * can query.
 */
final class DutyLeases {
    private static final Logger log = LoggerFactory.getLogger(DutyLeases.class);

    /** Twice as long as a holder relies on it. */
    private static final Duration LEASE = Generations.MAX_AGE.multipliedBy(2);

    private static final String RENEW = """
            INSERT INTO duties AS held (duty, holder, term, expires_at) VALUES (?, ?, 1, now() + ? * interval '1 second')
            ON CONFLICT (duty) DO UPDATE SET holder = EXCLUDED.holder, expires_at = EXCLUDED.expires_at,
                term = held.term + CASE WHEN held.holder = EXCLUDED.holder THEN 0 ELSE 1 END
            WHERE held.holder = EXCLUDED.holder OR held.expires_at < now()
            RETURNING term""";

    private static final String RELEASE = "UPDATE duties SET expires_at = now() WHERE holder = ?";

    private static final String HOLDER = "SELECT term FROM duties WHERE duty = ? AND holder = ? AND term = ?";

    private final String holder = UUID.randomUUID().toString();
    private volatile Held held = new Held(Map.of(), System.nanoTime());

    /** @param since the time before the query, from {@link System#nanoTime} */
    private record Held(Map<Duty, Long> terms, long since) {}

    /** Extends the leases of this server, and claims leases of others that have expired. */
    void renew(Connection connection) throws SQLException {
        long begun = System.nanoTime();
        Map<Duty, Long> terms = new EnumMap<>(Duty.class);
        try (PreparedStatement renew = connection.prepareStatement(RENEW)) {
            for (Duty duty : Duty.values()) {
                renew.setInt(1, duty.number());
                renew.setString(2, holder);
                renew.setLong(3, LEASE.toSeconds());
                try (ResultSet row = renew.executeQuery()) {
                    if (row.next()) {
                        terms.put(duty, row.getLong(1));
                    }
                }
            }
        }
        Set<Duty> before = held.terms.keySet();
        if (!terms.keySet().equals(before)) {
            log.info("This server now does for the cluster: {}", terms.keySet());
        }
        held = new Held(terms, begun);
    }

    /**
     * Returns the term of this server's lease; empty without one. Another server may have the next term by the time of
     * a write.
     */
    OptionalLong term(Duty duty) {
        Held now = held;
        Long term = now.terms.get(duty);
        return term == null || System.nanoTime() - now.since >= Generations.MAX_AGE.toNanos()
                ? OptionalLong.empty()
                : OptionalLong.of(term);
    }

    /** Returns whether, as seen by a transaction, no other server has taken the duty. */
    boolean isCurrent(WriteConnection transaction, Duty duty, long term) {
        return transaction.queryFirst(HOLDER, row -> row.getLong(1), duty.number(), holder, term) != null;
    }

    /** Ends the use of leases that cannot be renewed, because the database does not answer. */
    void lose() {
        held = new Held(Map.of(), System.nanoTime());
    }

    /** Ends the leases, to let another server claim them immediately. */
    void release(Connection connection) throws SQLException {
        lose();
        try (PreparedStatement release = connection.prepareStatement(RELEASE)) {
            release.setString(1, holder);
            release.executeUpdate();
        }
    }
}
