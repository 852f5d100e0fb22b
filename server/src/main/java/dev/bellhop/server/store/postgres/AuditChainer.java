// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends to the chain what the servers of a cluster add to the audit trail, within a second. Each server has one of these, and one
 * of them, which holds the lock, does the work; if its connection ends, the lock is free for the next. A transaction that may or may
 * not have taken place needs no care: either the entries are in the chain, or they still wait.
 */
final class AuditChainer implements MeterBinder, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AuditChainer.class);

    private static final Duration INTERVAL = Duration.ofMillis(500);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    /** Of so many attempts, one counts what waits. */
    private static final int COUNTED = 10;

    /** Beside {@link ClusterSession#DUTIES}; greater than the numbers of duties. */
    static final int LOCK = 1000;

    private final DataSource source;
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** All of the thread. */
    private @Nullable Connection connection;

    private @Nullable WriteConnection writing;
    private boolean isHolder;
    private boolean isFailing;
    private int attempts;

    /** How many entries wait for whoever is to append them, as far as is known. */
    private volatile double waiting = Double.NaN;

    AuditChainer(DataSource source) {
        this.source = source;
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
            if (isHolder || take(now)) {
                append(now);
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

    /** No server alone has the database, or takes it while this connection lasts; and no other chainer works. */
    private boolean take(Connection now) throws SQLException {
        now.setAutoCommit(true);
        isHolder = ClusterSession.take(now, LOCK) && WriterSession.takeShared(now);
        if (isHolder) {
            log.info("This server now adds to the chain of the audit trail");
            now.setAutoCommit(false);
        }
        return isHolder;
    }

    private void append(Connection now) throws SQLException {
        WriteConnection transaction = writing;
        boolean hasMore = transaction != null;
        while (transaction != null && hasMore) {
            hasMore = PendingAudit.append(transaction);
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
        isHolder = false;
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
