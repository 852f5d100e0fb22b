// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.store.Duty;
import dev.bellhop.server.store.PendingAudit;
import dev.bellhop.server.store.WriteConnection;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends the entries of all servers in a cluster to the chain of the audit trail, within a second. Each server has one
 * of these, and the server with the lease does the work. If a server freezes in the middle, PostgreSQL ends its
 * transaction. A transaction with an unknown outcome needs no special care: either the entries are in the chain, or
 * they still wait.
 */
final class AuditChainer implements MeterBinder, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AuditChainer.class);

    private static final Duration INTERVAL = Duration.ofMillis(500);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    /** Every so many attempts, the waiting entries are counted. */
    private static final int COUNTED = 10;

    private final DataSource source;
    private final DutyLeases leases;
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Used only by the thread, like the fields below. */
    private @Nullable Connection connection;

    private @Nullable WriteConnection writing;
    /** Whether the connection keeps out servers that are not of the cluster. */
    private boolean isShared;

    private boolean isFailing;
    private int attempts;

    /** The last known number of entries that wait to be appended. */
    private volatile double waiting = Double.NaN;

    AuditChainer(DataSource source, DutyLeases leases) {
        this.source = source;
        this.leases = leases;
        this.thread = Thread.ofPlatform().name("audit-chainer").daemon().start(this::run);
    }

    private void run() {
        try {
            while (!closed.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                attempt();
            }
            // Appends this server's last entries, unless another server has the lease.
            attempt();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            disconnect();
        }
    }

    private void attempt() {
        try {
            Connection now = connected();
            OptionalLong term = leases.term(Duty.AUDIT_CHAIN);
            if (term.isPresent() && isShared(now)) {
                append(now, term.getAsLong());
            }
            if (attempts++ % COUNTED == 0) {
                waiting = count(now);
            }
            isFailing = false;
        } catch (SQLException | RuntimeException e) {
            disconnect();
            if (!isFailing) {
                isFailing = true;
                log.error(
                        "Cannot add to the chain of the audit trail now; what is to be added waits, and this is tried again",
                        e);
            }
        }
    }

    private Connection connected() throws SQLException {
        Connection now = connection;
        if (now == null) {
            now = source.getConnection();
            connection = now;
            writing = new WriteConnection(now);
        }
        return now;
    }

    /** Checks that no server has the database to itself, and prevents this while the connection lasts. */
    private boolean isShared(Connection now) throws SQLException {
        if (!isShared) {
            now.setAutoCommit(true);
            isShared = WriterSession.takeShared(now);
            now.setAutoCommit(!isShared);
        }
        return isShared;
    }

    /** Locks the chain first: a server with a later term waits for the lock, or has already committed its term. */
    private void append(Connection now, long term) throws SQLException {
        WriteConnection transaction = writing;
        boolean hasMore = transaction != null;
        while (transaction != null && hasMore) {
            PendingAudit.lockChain(transaction);
            hasMore = leases.isCurrent(transaction, Duty.AUDIT_CHAIN, term) && PendingAudit.append(transaction);
            now.commit();
        }
    }

    private static double count(Connection now) throws SQLException {
        try (Statement statement = now.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM audit_pending")) {
            double count = row.next() ? row.getLong(1) : Double.NaN;
            if (!now.getAutoCommit()) {
                now.commit();
            }
            return count;
        }
    }

    /** Shows a count from some seconds ago: a scrape must not wait for a database that does not answer. */
    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("bellhop.audit.unchained", () -> waiting)
                .description("Records that are stored and wait until a server of the cluster adds them to the chain")
                .register(registry);
    }

    private void disconnect() {
        waiting = Double.NaN;
        isShared = false;
        writing = null;
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                // The connection is gone.
            }
            connection = null;
        }
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join(CLOSE_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
