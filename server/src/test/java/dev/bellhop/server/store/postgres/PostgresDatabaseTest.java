// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.encryption.EncryptionKeysException;
import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.store.sql.SqlRenewableContent;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.testkit.PostgresServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
@Tag("real")
@Tag("cluster")
class PostgresDatabaseTest {
    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    @BeforeEach
    void makeTable() {
        temp.execute("CREATE TABLE t (n integer PRIMARY KEY)");
    }

    private CompletableFuture<Void> insert(int n) {
        return temp.get().change(connection -> connection.execute("INSERT INTO t VALUES (?)", n));
    }

    private List<Integer> rows() {
        return temp.get().read(connection -> connection.query("SELECT n FROM t ORDER BY n", row -> row.getInt(1)));
    }

    private static void fails(CompletableFuture<?> write, String why) {
        assertThatThrownBy(write::join)
                .cause()
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE))
                .hasMessageContaining(why);
    }

    @Test
    void readersCannotWrite() {
        assertThatThrownBy(() -> temp.get()
                        .read(connection ->
                                connection.query("INSERT INTO t VALUES (1) RETURNING n", row -> row.getInt(1))))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
        assertThat(rows()).isEmpty();
    }

    /** The driver takes a server for a standby if its transactions only read. */
    @Test
    void aUrlThatWantsThePrimaryLeadsToIt() throws Exception {
        PostgresSettings plain = temp.released();
        PostgresSettings failover =
                new PostgresSettings(plain.url() + "?targetServerType=primary", plain.user(), plain.passwordFile());
        for (ServerMode mode : ServerMode.values()) {
            try (PostgresDatabase database =
                    PostgresDatabase.open(failover, mode, temp.keys(), new SimpleMeterRegistry())) {
                String readOnly = database.read(connection -> connection.queryOne(
                        "SELECT current_setting('transaction_read_only')", row -> row.getString(1)));
                assertThat(readOnly).isEqualTo("on");
            }
        }
    }

    @Test
    void queriesOfOneReadSeeTheSame() {
        insert(1).join();
        List<Integer> counts = temp.get().readSnapshotInTurn(TenantFilter.all(), connection -> {
            String count = "SELECT count(*) FROM t";
            int before = connection.queryOne(count, row -> row.getInt(1));
            insert(2).join();
            return List.of(before, connection.queryOne(count, row -> row.getInt(1)));
        });
        assertThat(counts).containsExactly(1, 1);
        assertThat(rows()).containsExactly(1, 2);
    }

    /** All of them wait behind a write that holds the writer, so that they are one group. */
    @Test
    void theOnesThatFailInAGroupFailAlone() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Void> holder = temp.get().change(connection -> {
            held.countDown();
            await(release);
        });
        held.await();
        CompletableFuture<Void> first = insert(1);
        CompletableFuture<Void> again = insert(1);
        CompletableFuture<Void> second = insert(2);
        release.countDown();

        CompletableFuture.allOf(holder, first, second).join();
        fails(again, "the database refused the write");
        assertThat(rows()).containsExactly(1, 2);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aCheckWrites() {
        temp.get().check().join();
        temp.spoil("ALTER TABLE encryption RENAME TO gone");
        fails(temp.get().check(), "the database refused the write");
    }

    @Test
    void aSecondServerIsRefusedAndToldOfTheFirst() {
        assertThatThrownBy(() -> PostgresDatabase.open(temp.settings(), temp.keys()))
                .isInstanceOf(UnusableDatabaseException.class)
                .hasMessageStartingWith("Cannot use the database jdbc:postgresql://127.0.0.1:")
                .hasMessageContaining("because another Bellhop server uses it, from 127.0.0.1, since 20")
                .hasMessageEndingWith("; stop that one first");
        insert(1).join();
    }

    /** As after a restart of the database, or a firewall that forgot the connection. */
    @Test
    void aLostConnectionIsReplaced() {
        for (int i = 0; i < 3; i++) {
            insert(i).join();
            temp.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted");
        }
        insert(3).join();
        assertThat(rows()).containsExactly(0, 1, 2, 3);
    }

    @Test
    void aServerThatWasFollowedByAnotherWritesNoMore() {
        temp.execute("DELETE FROM writers");
        temp.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted");

        fails(insert(1), "restart this server");
        fails(insert(2), "restart this server");
        assertThat(rows()).isEmpty();
        temp.reopened();
        insert(1).join();
    }

    /** Whoever took its place in the database did so behind its back: it has its connection still, and the lock. */
    @Test
    void aServerWhoseRowIsGoneCommitsNothing() {
        insert(1).join();
        temp.execute("DELETE FROM writers");

        fails(CompletableFuture.allOf(insert(2), insert(3)), "restart this server");
        fails(insert(4), "restart this server");
        assertThat(rows()).containsExactly(1);
        temp.reopened();
        insert(5).join();
    }

    /** As by a standby that took over without them. */
    @Test
    void aServerWhoseLastCommitsAreMissingWritesNoMore() {
        insert(1).join();
        insert(2).join();
        temp.execute("UPDATE writers SET commits = commits - 1");
        temp.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted");

        fails(insert(3), "commits are missing in it; restart this server");
        assertThat(rows()).containsExactly(1, 2);
        temp.reopened();
        insert(3).join();
    }

    @Test
    void commitsAreDurableWhateverTheDatabaseIsSetTo() throws Exception {
        try (var connection = temp.connect()) {
            temp.spoil("ALTER DATABASE " + connection.getCatalog() + " SET synchronous_commit = off");
        }
        temp.reopened();
        assertThat(synchronousCommit()).isEqualTo("on");
    }

    private String synchronousCommit() {
        return temp.get()
                .write(connection -> Objects.requireNonNull(
                        connection.queryFirst("SHOW synchronous_commit", row -> row.getString(1))))
                .join();
    }

    /** Of the levels that are durable the operator chooses one, and a connection keeps it. */
    @Test
    void aReloadDoesNotSwitchDurabilityOff() throws Exception {
        try (var connection = temp.connect()) {
            temp.spoil("ALTER DATABASE " + connection.getCatalog() + " SET synchronous_commit = local");
        }
        temp.reopened();
        assertThat(synchronousCommit()).isEqualTo("local");

        try (var connection = temp.connect()) {
            temp.spoil("ALTER DATABASE " + connection.getCatalog() + " RESET synchronous_commit");
        }
        temp.reopened();
        temp.execute("ALTER SYSTEM SET synchronous_commit = off");
        try {
            temp.execute("SELECT pg_reload_conf()");
            Awaitility.await().until(() -> {
                try (var connection = temp.connect();
                        ResultSet row = connection.createStatement().executeQuery("SHOW synchronous_commit")) {
                    return row.next() && row.getString(1).equals("off");
                }
            });
            insert(1).join();
            assertThat(synchronousCommit()).isEqualTo("on");
        } finally {
            temp.execute("ALTER SYSTEM RESET synchronous_commit");
            temp.execute("SELECT pg_reload_conf()");
        }
    }

    @Test
    void otherKeysAreRefused() {
        KeyFile others = new KeyFile(temp.folder().resolve("others"));
        assertThatThrownBy(() -> temp.reopened(others)).isInstanceOf(EncryptionKeysException.class);
        assertThatThrownBy(() -> PostgresDatabase.requireUsable(temp.settings(), others))
                .isInstanceOf(EncryptionKeysException.class);
        temp.reopened();
    }

    @Test
    void whatIsUsableIsToldWhileAServerRuns() throws Exception {
        PostgresDatabase.requireUsable(temp.settings(), temp.keys());

        temp.spoil("INSERT INTO flyway_schema_history VALUES (99, '" + (PostgresTables.NEWEST + 1)
                + "', '', 'SQL', '', 0, '', now(), 0, true)");
        assertThatThrownBy(() -> PostgresDatabase.requireUsable(temp.settings(), temp.keys()))
                .isInstanceOf(UnusableDatabaseException.class)
                .hasMessageContaining("because a newer version of Bellhop has changed it; run that version");
    }

    @Test
    void tablesOfOthersAreLeftAlone() {
        temp.get().close();
        temp.spoil("DROP TABLE flyway_schema_history");
        assertThatThrownBy(() -> PostgresDatabase.open(temp.settings(), temp.keys()))
                .isInstanceOf(UnusableDatabaseException.class)
                .hasMessageContaining("it holds tables that no Bellhop server made");
    }

    @Test
    void aPasswordIsItsOwnersAloneAndToldToNobody() throws Exception {
        Path file = temp.folder().resolve("password");
        Files.writeString(file, "wrong-" + PostgresServer.PASSWORD);
        assertThatThrownBy(() -> PostgresDatabase.requireUsable(temp.settings(), temp.keys()))
                .isInstanceOf(UnusableDatabaseException.class)
                .hasMessageContaining("password authentication failed")
                .hasMessageNotContaining(PostgresServer.PASSWORD);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> PostgresDatabase.requireUsable(temp.settings(), temp.keys()))
                .hasMessageContaining("others may read or write the password file")
                .hasMessageEndingWith("chmod 600 " + file);
        Files.delete(file);
        assertThatThrownBy(() -> PostgresDatabase.requireUsable(temp.settings(), temp.keys()))
                .hasMessageContaining("the password file " + file + " cannot be read");
    }

    /** Blanks may be a part of it; the end of the line is the editor's. */
    @Test
    void onlyTheEndOfTheLineIsNoPartOfThePassword() throws Exception {
        temp.execute("CREATE ROLE blank LOGIN PASSWORD ' not a secret '");
        Path file = temp.folder().resolve("password");
        PostgresSettings settings = new PostgresSettings(temp.settings().url(), "blank", file, false);
        try {
            for (String content : List.of(" not a secret ", " not a secret \n", " not a secret \r\n")) {
                Files.writeString(file, content);
                try (var connection =
                        new PostgresConnections(settings).reading().getConnection()) {
                    assertThat(connection.isValid(1)).isTrue();
                }
            }
            Files.writeString(file, " not a secret \n\n");
            assertThatThrownBy(() -> new PostgresConnections(settings).reading().getConnection())
                    .hasMessageContaining("password authentication failed");
        } finally {
            temp.execute("DROP ROLE blank");
        }
    }

    @Test
    void aDatabaseThatIsNotThereIsSaidSo() {
        PostgresSettings nowhere =
                new PostgresSettings("jdbc:postgresql://127.0.0.1:1/bellhop?sslmode=disable", "bellhop", null);
        assertThatThrownBy(() -> PostgresDatabase.open(nowhere, temp.keys()))
                .isInstanceOf(UnusableDatabaseException.class)
                .hasMessageStartingWith(
                        "Cannot use the database jdbc:postgresql://127.0.0.1:1/bellhop because connecting to it failed:");
    }

    /** A host whose machine is off: it answers no packet. */
    private static final class SilentHost implements AutoCloseable {
        private final ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final List<Socket> waiting = new ArrayList<>();

        SilentHost() throws IOException {
            // Once the queue is full, Linux drops new connections.
            assertThatThrownBy(() -> {
                        while (true) {
                            Socket next = new Socket();
                            waiting.add(next);
                            next.connect(socket.getLocalSocketAddress(), 200);
                        }
                    })
                    .isInstanceOf(SocketTimeoutException.class);
        }

        /** The settings, with this host before the others. */
        PostgresSettings before(PostgresSettings settings) {
            String url = settings.url().replace("//", "//127.0.0.1:" + socket.getLocalPort() + ",");
            return new PostgresSettings(url, settings.user(), settings.passwordFile());
        }

        @Override
        public void close() throws IOException {
            for (Socket each : waiting) {
                each.close();
            }
            socket.close();
        }
    }

    @Test
    void anOperatorsCommandFindsTheHostThatAnswers() throws Exception {
        temp.get().check().join();
        try (SilentHost off = new SilentHost()) {
            assertThat(PostgresAudit.verify(off.before(temp.settings()), null).intact())
                    .isTrue();
        }
    }

    @Test
    void aServerStartsAndServesWhileTheFirstHostIsOff() throws Exception {
        temp.get().close();
        try (SilentHost off = new SilentHost();
                PostgresDatabase database = PostgresDatabase.open(
                        off.before(temp.settings()), ServerMode.CLUSTER, temp.keys(), new SimpleMeterRegistry())) {
            database.check().join();
            List<Integer> read = database.read(connection -> connection.query("SELECT 1", row -> row.getInt(1)));
            assertThat(read).containsExactly(1);
            temp.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    + " AND datname = current_database()");
            database.check().join();
        }
    }

    @Test
    void itsSizeIsMeasured() throws Exception {
        temp.get().close();
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (PostgresDatabase database =
                PostgresDatabase.open(temp.settings(), ServerMode.SINGLE, temp.keys(), registry)) {
            assertThat(database.cipher()).isNotNull();
            assertThat(registry.get("bellhop.store.size").gauge().value()).isGreaterThan(1_000_000);
        }
    }

    /** A column that is encrypted and not known to the rotation would be lost with its key. */
    @Test
    void everyColumnOfBytesIsRenewedOrNotEncrypted() throws Exception {
        List<String> columns = new ArrayList<>();
        try (var connection = temp.connect();
                var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT table_name || '.' || column_name"
                        + " FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'bytea'")) {
            while (rows.next()) {
                columns.add(rows.getString(1));
            }
        }
        List<String> known = new ArrayList<>(SqlRenewableContent.columns());
        known.addAll(List.of(
                // Renewed when a rotation begins.
                "encryption.check_value",
                // Hashes that are not encrypted.
                "keys.secret_hash",
                "keys.old_secret_hash",
                "nodes.join_hash",
                "audit.previous",
                "audit.hash",
                "audit_ends.anchor_hash",
                "audit_ends.head_hash"));
        assertThat(columns).containsExactlyInAnyOrderElementsOf(known);
    }
}
