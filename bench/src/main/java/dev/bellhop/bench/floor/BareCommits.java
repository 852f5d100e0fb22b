// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.floor;

import dev.bellhop.testkit.NatsServer;
import dev.bellhop.testkit.PostgresServer;
import io.nats.client.Nats;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * What a command costs at least beside its run, where its start and its end are durable before anybody is told: two commits. In one
 * process that is a file of SQLite. In a cluster it is PostgreSQL, and the start has to reach the node and the end an API server, so
 * that two messages over NATS are asked and answered, too. Libraries alone, in this process. Used by one thread.
 */
public final class BareCommits implements AutoCloseable {
    /** Of a short command and its result. */
    private static final int BYTES = 300;

    private static final String SUBJECT = "floor";

    private final Store file;
    private final Store server;
    private final NatsServer nats;
    private final io.nats.client.Connection asking;
    private final io.nats.client.Connection answering;

    /**
     * @param folder new, on the disk where the servers store
     * @param postgres that the cluster uses
     */
    public BareCommits(Path folder, PostgresServer postgres) throws Exception {
        file = new Store(DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("bare.db")), true);
        server = new Store(
                DriverManager.getConnection(
                        postgres.url(PostgresServer.DATABASE), PostgresServer.USER, PostgresServer.PASSWORD),
                false);
        nats = NatsServer.startOpen(folder);
        String url = "nats://127.0.0.1:" + nats.port();
        asking = Nats.connect(url);
        answering = Nats.connect(url);
        answering
                .createDispatcher(message -> answering.publish(message.getReplyTo(), message.getData()))
                .subscribe(SUBJECT);
        answering.flush(Duration.ofSeconds(10));
    }

    /** As one process has it. */
    public void inOneProcess() throws SQLException {
        file.start();
        file.end();
    }

    /** As a cluster has it. */
    public void inACluster() throws Exception {
        server.start();
        ask();
        ask();
        server.end();
    }

    private void ask() throws Exception {
        asking.request(SUBJECT, new byte[BYTES]).get();
    }

    private static final class Store implements AutoCloseable {
        private final Connection connection;
        private final PreparedStatement insert;
        private final PreparedStatement update;
        private int id;

        private Store(Connection connection, boolean isFile) throws SQLException {
            this.connection = connection;
            try (Statement statement = connection.createStatement()) {
                if (isFile) {
                    try (ResultSet mode = statement.executeQuery("PRAGMA journal_mode = WAL")) {
                        mode.next();
                    }
                    statement.execute("PRAGMA synchronous = FULL");
                }
                String bytes = isFile ? "BLOB" : "BYTEA";
                statement.execute(
                        "CREATE TABLE floor (id BIGINT PRIMARY KEY, command " + bytes + ", result " + bytes + ")");
            }
            insert = connection.prepareStatement("INSERT INTO floor (id, command) VALUES (?, ?)");
            update = connection.prepareStatement("UPDATE floor SET result = ? WHERE id = ?");
        }

        private void start() throws SQLException {
            insert.setInt(1, ++id);
            insert.setBytes(2, new byte[BYTES]);
            insert.executeUpdate();
        }

        private void end() throws SQLException {
            update.setBytes(1, new byte[BYTES]);
            update.setInt(2, id);
            update.executeUpdate();
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }

    @Override
    public void close() throws IOException {
        try (file;
                server;
                nats) {
            asking.close();
            answering.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            throw new IOException("Cannot close a database", e);
        }
    }
}
