// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.testkit.PostgresServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A database that has its tables and is otherwise empty when a test begins; in a static field, when the first test of the class
 * begins. All tests of a JVM share one PostgreSQL, and the database is used again unless a test has spoiled it, because a new one
 * takes ten times as long.
 */
public final class TempPostgres implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    private boolean isOfClass;
    private @Nullable Path folder;
    private @Nullable PostgresDatabase database;

    /** Started with the first test that needs it. For one thread. */
    private static final class Shared {
        private static final PostgresServer SERVER = PostgresServer.start();

        private static int number;
        private static boolean isMade;
        /** What the database is encrypted with. */
        private static byte[] keys = {};

        static {
            Runtime.getRuntime().addShutdownHook(new Thread(SERVER::close, "end-postgres"));
        }

        static String name() {
            return "test" + number;
        }

        static void empty(Path folder) throws IOException, SQLException {
            Path file = folder.resolve(KeyFile.NAME);
            if (isMade) {
                writePrivate(file, keys);
                execute(name(), EMPTY);
                return;
            }
            number++;
            execute(PostgresServer.DATABASE, "CREATE DATABASE " + name());
            PostgresDatabase.open(TempPostgres.settings(SERVER, name(), folder), new KeyFile(file))
                    .close();
            keys = Files.readAllBytes(file);
            execute(
                    name(),
                    "CREATE SCHEMA kept; CREATE TABLE kept.audit_ends AS TABLE audit_ends;"
                            + " CREATE TABLE kept.encryption AS TABLE encryption;"
                            + " CREATE TABLE kept.generations AS TABLE generations");
            isMade = true;
        }

        static void spoil() throws SQLException {
            execute(PostgresServer.DATABASE, "DROP DATABASE " + name() + " WITH (FORCE)");
            isMade = false;
        }

        static void execute(String database, String sql) throws SQLException {
            try (Connection connection = connect(database);
                    Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
        }

        static Connection connect(String database) throws SQLException {
            return DriverManager.getConnection(SERVER.url(database), PostgresServer.USER, PostgresServer.PASSWORD);
        }
    }

    /** Whatever triggers say to it. Tables of the test's own go. */
    private static final String EMPTY = """
            SET session_replication_role = replica;
            DROP TABLE IF EXISTS t, unfinished_copy;
            DO $$
            DECLARE name text;
            BEGIN
                FOR name IN SELECT tablename FROM pg_tables
                    WHERE schemaname = 'public' AND tablename <> 'flyway_schema_history'
                LOOP
                    EXECUTE 'DELETE FROM ' || name;
                END LOOP;
            END;
            $$;
            INSERT INTO audit_ends TABLE kept.audit_ends;
            INSERT INTO encryption TABLE kept.encryption;
            INSERT INTO generations TABLE kept.generations;
            """;

    private boolean isSpoiled;

    public PostgresSettings settings() {
        return settings(Shared.SERVER, Shared.name(), folder());
    }

    static PostgresSettings settings(PostgresServer server, String database, Path folder) {
        return new PostgresSettings(server.url(database), PostgresServer.USER, folder.resolve("password"));
    }

    /** Where {@link #settings} find the password. */
    static void writePassword(Path folder) throws IOException {
        writePrivate(folder.resolve("password"), (PostgresServer.PASSWORD + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static void writePrivate(Path file, byte[] content) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(file, content);
    }

    Path folder() {
        return Objects.requireNonNull(folder);
    }

    public PostgresDatabase get() {
        return Objects.requireNonNull(database);
    }

    /** Closes the database, for somebody else to open it, with these {@link #keys}. */
    public PostgresSettings released() {
        get().close();
        return settings();
    }

    public KeySource keys() {
        return new KeyFile(folder().resolve(KeyFile.NAME));
    }

    /** A connection of nobody's, for what a test does by hand. */
    Connection connect() throws SQLException {
        return Shared.connect(Shared.name());
    }

    public void execute(String sql) {
        try {
            Shared.execute(Shared.name(), sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** Likewise what makes the database one that no other test can use. */
    void spoil(String sql) {
        isSpoiled = true;
        execute(sql);
    }

    /** One more server of a cluster, whose first one is {@link #get}; the caller closes it. */
    PostgresDatabase another() {
        try {
            return PostgresDatabase.open(settings(), ServerMode.CLUSTER, keys(), new SimpleMeterRegistry());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes it and opens it again, as the first server of a cluster. */
    PostgresDatabase clustered() {
        get().close();
        database = another();
        return database;
    }

    /** Closes it and opens it again. */
    PostgresDatabase reopened() {
        try {
            return reopened(keys());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Likewise, with other keys. */
    PostgresDatabase reopened(KeySource keys) throws IOException {
        get().close();
        database = PostgresDatabase.open(settings(), keys);
        return database;
    }

    @Override
    public void beforeAll(ExtensionContext testClass) throws IOException, SQLException {
        isOfClass = true;
        open();
    }

    @Override
    public void beforeEach(ExtensionContext test) throws IOException, SQLException {
        if (!isOfClass) {
            open();
        }
    }

    @Override
    public void afterEach(ExtensionContext test) throws IOException, SQLException {
        if (!isOfClass) {
            close();
        }
    }

    @Override
    public void afterAll(ExtensionContext testClass) throws IOException, SQLException {
        close();
    }

    private void open() throws IOException, SQLException {
        folder = Files.createTempDirectory("bellhop-store");
        writePassword(folder());
        Shared.empty(folder());
        database = PostgresDatabase.open(settings(), keys());
    }

    private void close() throws IOException, SQLException {
        if (database != null) {
            database.close();
        }
        if (isSpoiled) {
            Shared.spoil();
        }
        delete(folder());
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path each : files.toList()) {
                Files.delete(each);
            }
        }
        Files.delete(folder);
    }
}
