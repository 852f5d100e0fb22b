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
 * Appends entries that the servers of a cluster have added to the audit trail to its chain, within a second. Each server has one of these, and the
 * server that has the lease does the work. If a server freezes in the middle of it, PostgreSQL ends its transaction. A transaction that may
 * or may not have taken place needs no care: either the entries are in the chain, or they still wait.
 */
final class AuditChainer implements MeterBinder, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AuditChainer.class);

    private static final Duration INTERVAL = Duration.ofMillis(500);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    /** Of so many attempts, one counts what waits. */
    private static final int COUNTED = 10;

    private final DataSource source;
    private final DutyLeases leases;
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** All of the thread. */
    private @Nullable Connection connection;

    private @Nullable WriteConnection writing;
    /** Whether the connection keeps servers out that are not of the cluster. */
    private boolean isShared;

    private boolean isFailing;
    private int attempts;

    /** How many entries wait for whoever is to append them, as far as is known. */
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
            // What this server has added last, unless another one is there to do it.
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

    /** No server alone has the database, or takes it while this connection lasts. */
    private boolean isShared(Connection now) throws SQLException {
        if (!isShared) {
            now.setAutoCommit(true);
            isShared = WriterSession.takeShared(now);
            now.setAutoCommit(!isShared);
        }
        return isShared;
    }

    /** The lock of the chain comes first: a server with a later term waits for it, or has committed its term before. */
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

    /** What it shows was counted some seconds ago: a scrape must not wait for a database that does not answer. */
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
                // It is gone.
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
