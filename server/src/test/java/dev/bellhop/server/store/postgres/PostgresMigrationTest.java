// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.store.MigratedTables;
import dev.bellhop.testkit.PostgresServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tables that are made and changed apart from a server's start. */
@Timeout(60)
@Tag("real")
@Tag("cluster")
class PostgresMigrationTest {
    private static final MigratedTables MADE = new MigratedTables(0, PostgresTables.NEWEST);
    private static final MigratedTables NOTHING_TO_DO =
            new MigratedTables(PostgresTables.NEWEST, PostgresTables.NEWEST);

    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    /** An empty database, which the server may not migrate. */
    private PostgresSettings fresh;

    @BeforeEach
    void makeDatabase() {
        temp.execute("CREATE DATABASE fresh");
        fresh = fresh(temp.settings().user(), false);
    }

    @AfterEach
    void dropDatabase() {
        temp.execute("DROP DATABASE fresh WITH (FORCE)");
        temp.execute("DROP ROLE IF EXISTS guest");
    }

    private PostgresSettings fresh(@Nullable String user, boolean migrate) {
        PostgresSettings settings = temp.settings();
        return new PostgresSettings(
                settings.url().replaceFirst("/\\w+$", "/fresh"), user, settings.passwordFile(), migrate);
    }

    private void inFresh(String sql) throws Exception {
        try (var connection = new PostgresConnections(fresh).migrating().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void aServerThatMayNotMigrateSaysWhatDoes() throws Exception {
        isRefused("it has no tables yet");
        assertThat(PostgresMigration.run(fresh, temp.keys())).isEqualTo(MADE);
        PostgresDatabase.open(fresh, temp.keys()).close();

        inFresh("DELETE FROM flyway_schema_history WHERE version::int > 23");
        isRefused("its tables are those of an older version of Bellhop");
    }

    private void isRefused(String why) {
        for (var use : List.<ThrowingCallable>of(
                () -> PostgresDatabase.open(fresh, temp.keys()),
                () -> PostgresDatabase.requireUsable(fresh, temp.keys()))) {
            assertThatThrownBy(use)
                    .isInstanceOf(UnusableDatabaseException.class)
                    .hasMessageEndingWith("/fresh because " + why
                            + ", and the configuration says not to migrate it; run 'bellhop migrate --config FILE'");
        }
    }

    /** Flyway's lock: each of them sees to it, and one does it. */
    @Test
    void severalAtOnceDoNotCollide() throws Exception {
        for (int i = 0; i < 3; i++) {
            List<Future<MigratedTables>> runs = new ArrayList<>();
            try (var threads = Executors.newFixedThreadPool(4)) {
                for (int thread = 0; thread < 4; thread++) {
                    runs.add(threads.submit(() -> PostgresMigration.run(fresh, temp.keys())));
                }
            }
            for (Future<MigratedTables> run : runs) {
                assertThat(run.get().now()).isEqualTo(PostgresTables.NEWEST);
            }
            assertThat(PostgresMigration.run(fresh, temp.keys())).isEqualTo(NOTHING_TO_DO);
            PostgresDatabase.open(fresh, temp.keys()).close();
            inFresh("DROP SCHEMA public CASCADE");
            inFresh("CREATE SCHEMA public");
        }
    }

    @Test
    void aServerMayRunMeanwhile() throws Exception {
        try (PostgresDatabase running = PostgresDatabase.open(fresh(fresh.user(), true), temp.keys())) {
            assertThat(PostgresMigration.run(fresh, temp.keys())).isEqualTo(NOTHING_TO_DO);
            running.check().join();
        }
    }

    /** Who may change rows and no tables can be a server where another one migrates. */
    @Test
    void aServerThatMayNotMigrateNeedsNoTablesOfItsOwn() throws Exception {
        temp.execute("CREATE ROLE guest LOGIN PASSWORD '" + PostgresServer.PASSWORD + "'");
        PostgresSettings guest = fresh("guest", true);
        assertThatThrownBy(() -> PostgresDatabase.open(guest, temp.keys()))
                .isInstanceOf(UnusableDatabaseException.class)
                .hasMessageContaining(
                        "because its tables could not be brought to the form of this version: ERROR: permission denied for schema public");

        PostgresMigration.run(fresh, temp.keys());
        inFresh("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guest");
        try (PostgresDatabase database = PostgresDatabase.open(fresh("guest", false), temp.keys())) {
            database.check().join();
        }
    }
}
