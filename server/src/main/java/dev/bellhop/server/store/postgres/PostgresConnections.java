// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The kinds of connections of a server. None waits forever for a database that is gone: timeouts that the URL omits are
 * set here.
 */
final class PostgresConnections {
    /**
     * A strong reference, because the level is lost if the logger is collected. The driver would print to stderr, but
     * its exceptions contain the same text.
     */
    private static final Logger DRIVERS_LOG = Logger.getLogger("org.postgresql");

    private static final int WRITE_SECONDS = 5;
    private static final int READ_SECONDS = 10;
    private static final int CLUSTER_SECONDS = 3;
    private static final int NO_LIMIT = 0;

    /**
     * After a power loss, a server's lock is free within half a minute. No timeout ends a COMMIT that waits for a
     * standby, because the commit would count as done. But if a server is frozen or cut off, its transaction ends
     * before writes that wait for its row locks fail. A write that waited for another server's transaction must see the
     * result of that transaction.
     */
    private static final String WRITES =
            "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
                    + " -c statement_timeout=0 -c idle_session_timeout=0 -c idle_in_transaction_session_timeout=2s"
                    + " -c default_transaction_isolation=read\\ committed";

    /** All queries of a transaction see the same snapshot. */
    private static final String READS = "-c default_transaction_isolation=repeatable\\ read";

    /**
     * Prevents writes on read connections. Not a connection option: for {@code targetServerType=primary}, the driver
     * queries {@code transaction_read_only} and mistakes a server that answers "on" for a standby.
     */
    private static final String READ_ONLY = "SET default_transaction_read_only = on";

    private static final Set<PosixFilePermission> OTHERS = PosixFilePermissions.fromString("----wxrwx");

    /**
     * Timeouts for a new connection.
     *
     * @param host seconds for one host of the URL to answer
     * @param login seconds for all hosts until one has accepted the login
     */
    private record Patience(int host, int login) {
        /** For requests: a request may be waiting, and another attempt follows. */
        static final Patience OF_A_REQUEST = new Patience(2, 2);

        /** For the start of a server or an operator's command, which have one attempt. */
        static final Patience OF_A_START = new Patience(4, 15);
    }

    private final PostgresSettings settings;
    private final Properties given;

    PostgresConnections(PostgresSettings settings) throws UnusableDatabaseException {
        DRIVERS_LOG.setLevel(Level.OFF);
        this.settings = settings;
        Properties parsed = Driver.parseURL(settings.url(), null);
        if (parsed == null) {
            throw new UnusableDatabaseException(settings, "its URL is not one of PostgreSQL's JDBC driver");
        }
        this.given = parsed;
        requirePrivatePassword();
    }

    PGSimpleDataSource writing() {
        return source(Patience.OF_A_REQUEST, WRITE_SECONDS, WRITES, false);
    }

    /** Like {@link #writing}, for the start of a server. */
    PGSimpleDataSource first() {
        return source(Patience.OF_A_START, WRITE_SECONDS, WRITES, false);
    }

    /**
     * For the chain of the audit trail. It waits no longer for a lock than for an answer; otherwise each attempt would
     * leave a waiting backend behind.
     */
    PGSimpleDataSource chaining() {
        return source(Patience.OF_A_REQUEST, WRITE_SECONDS, WRITES + " -c lock_timeout=3s", false);
    }

    PGSimpleDataSource reading() {
        return source(Patience.OF_A_REQUEST, READ_SECONDS, READS, true);
    }

    /** For polling the changes of other servers and for leases, which need not outlast a failover. */
    PGSimpleDataSource clustered() {
        return source(Patience.OF_A_REQUEST, CLUSTER_SECONDS, WRITES + " -c synchronous_commit=local", false);
    }

    /** For reads without a time limit: when a server starts, and for an operator's command. */
    PGSimpleDataSource readingForLong() {
        return source(Patience.OF_A_START, NO_LIMIT, READS, true);
    }

    PGSimpleDataSource migrating() {
        return source(Patience.OF_A_START, NO_LIMIT, "", false);
    }

    private PGSimpleDataSource source(Patience patience, int seconds, String options, boolean readsOnly) {
        PGSimpleDataSource source = new Source(readsOnly);
        source.setUrl(settings.url());
        if (settings.user() != null) {
            source.setUser(settings.user());
        }
        if (!isGiven(PGProperty.SOCKET_TIMEOUT)) {
            source.setSocketTimeout(seconds);
        }
        if (!isGiven(PGProperty.CONNECT_TIMEOUT)) {
            source.setConnectTimeout(patience.host);
        }
        if (!isGiven(PGProperty.LOGIN_TIMEOUT)) {
            source.setLoginTimeout(patience.login);
        }
        if (!isGiven(PGProperty.TCP_KEEP_ALIVE)) {
            source.setTcpKeepAlive(true);
        }
        if (!isGiven(PGProperty.APPLICATION_NAME)) {
            source.setApplicationName("bellhop");
        }
        // Error details quote values of rows.
        source.setLogServerErrorDetail(false);
        source.setOptions((given.getProperty(PGProperty.OPTIONS.getName(), "") + " " + options).strip());
        return source;
    }

    private boolean isGiven(PGProperty property) {
        return given.getProperty(property.getName()) != null;
    }

    /** Allows group access only for another user's file, which reaches the server through its group. */
    private void requirePrivatePassword() throws UnusableDatabaseException {
        Path file = settings.passwordFile();
        if (file == null) {
            return;
        }
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            boolean own = Files.getOwner(file).getName().equals(System.getProperty("user.name"));
            permissions.retainAll(own ? PosixFilePermissions.fromString("---rwxrwx") : OTHERS);
            if (!permissions.isEmpty()) {
                throw new UnusableDatabaseException(
                        settings,
                        "others may read or write the password file " + file + "; make it its owner's alone: chmod 600 "
                                + file);
            }
            password(file);
        } catch (UnusableDatabaseException e) {
            throw e;
        } catch (IOException e) {
            throw new UnusableDatabaseException(
                    settings,
                    "the password file " + file + " cannot be read ("
                            + e.getClass().getSimpleName() + "); let the user that runs the server read it",
                    e);
        }
    }

    /** Reads the password without the final newline. Any other character may be part of it. */
    private static String password(Path file) throws IOException {
        return Files.readString(file).replaceFirst("\\R\\z", "");
    }

    /** Reads the password for each connection, so a new password needs no restart. */
    private final class Source extends PGSimpleDataSource {
        private static final long serialVersionUID = 1L;

        private final boolean readsOnly;

        private Source(boolean readsOnly) {
            this.readsOnly = readsOnly;
        }

        @Override
        public Connection getConnection() throws SQLException {
            Connection connection = connect();
            if (readsOnly) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute(READ_ONLY);
                } catch (SQLException e) {
                    connection.close();
                    throw e;
                }
            }
            return connection;
        }

        private Connection connect() throws SQLException {
            @Nullable Path file = settings.passwordFile();
            if (file == null) {
                return super.getConnection();
            }
            try {
                return getConnection(getUser(), password(file));
            } catch (IOException e) {
                throw new SQLException("the password file " + file + " cannot be read", "28000", e);
            }
        }
    }
}
