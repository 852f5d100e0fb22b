// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.access.ssh.SshKeyStoreContract;
import dev.bellhop.server.app.config.ConfigException;
import dev.bellhop.server.app.config.ConfigReader;
import dev.bellhop.server.app.offline.OfflineCopy;
import dev.bellhop.server.app.offline.OfflineCopy.Copied;
import dev.bellhop.server.app.offline.OfflineMigration;
import dev.bellhop.server.store.postgres.PostgresSettings;
import dev.bellhop.server.store.postgres.TempPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What a stopped server has stored, copied into another database. StoreCopyTest in e2e starts a server on the copy. */
@Timeout(60)
@Tag("real")
class OfflineCopyTest {
    private static final OfflineCopy.Progress QUIET = (table, rows, of) -> {};

    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    @TempDir
    private Path folder;

    private Path data;
    private PostgresSettings postgres;
    private Path file;
    private Path database;

    /** A file with a bit of all that a server stores first. */
    @BeforeEach
    void fill() throws Exception {
        postgres = temp.released();
        try (TestServer server = TestServer.in(folder).realAgent(1).start()) {
            data = server.data();
            server.admin().run(1, "echo hello");
            server.admin().post("/api/v2/vps/1/terminals", "{\"command\": \"echo hello\"}");
            Awaitility.await()
                    .until(() -> server.admin()
                            .get("/api/v2/recordings")
                            .json()
                            .path("items")
                            .path(0)
                            .has("endedAt"));
            server.makeAccount("shop", 1);
            String keyId = server.makeKey(List.of("read:vm"), null).id();
            String publicKey = SshKeyStoreContract.publicKey(1).line();
            server.admin().post("/api/v2/keys/" + keyId + "/ssh-keys", "{\"key\": \"" + publicKey + "\"}");
        }
        file = configuration("file", data, "");
        database = configuration("postgres", data, postgres());
    }

    private Path configuration(String name, Path dataFolder, String more) throws IOException {
        return Files.writeString(folder.resolve(name + ".yaml"), "data: " + dataFolder + "\nhypervisors: []\n" + more);
    }

    private String postgres() {
        return "postgres: {url: '" + postgres.url() + "', user: " + postgres.user() + ", passwordFile: "
                + postgres.passwordFile() + "}\n";
    }

    private Connection connect(Path dataFolder) throws Exception {
        return DriverManager.getConnection("jdbc:sqlite:" + dataFolder.resolve(DataFolder.DATABASE));
    }

    private void change(String sql) throws Exception {
        try (Connection connection = connect(data);
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private void isRefused(Path from, Path to, String... why) {
        assertThatThrownBy(() -> OfflineCopy.copy(from, to, QUIET))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("Cannot ")
                .hasMessageContainingAll(why);
    }

    /** All values of all tables, as texts. */
    private static SortedMap<String, List<String>> rows(Connection connection, Iterable<String> tables)
            throws Exception {
        SortedMap<String, List<String>> all = new TreeMap<>();
        for (String table : tables) {
            List<String> rows = new ArrayList<>();
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT * FROM " + table)) {
                while (row.next()) {
                    StringBuilder text = new StringBuilder();
                    for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                        text.append(row.getMetaData().getColumnName(i))
                                .append('=')
                                .append(text(row.getObject(i)))
                                .append(' ');
                    }
                    rows.add(text.toString());
                }
            }
            rows.sort(null);
            all.put(table, rows);
        }
        return all;
    }

    private static String text(@Nullable Object value) {
        return value instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : String.valueOf(value);
    }

    @Test
    void allComesThroughPostgresqlUnchanged() throws Exception {
        Copied there = OfflineCopy.copy(file, database, QUIET);
        assertThat(there.audit().intact()).as(there.audit().toString()).isTrue();
        assertThat(there.rows())
                .containsEntry("executions", 1L)
                .containsEntry("accounts", 1L)
                .containsEntry("recordings", 1L)
                .containsEntry("ssh_keys", 1L)
                .containsKey("recording_pieces")
                .containsEntry("encryption", 1L)
                .containsKeys("keys", "output", "audit", "masks", "saved_commands", "operations");
        assertThat(there.from()).isEqualTo(data.resolve("bellhop.db").toString());

        Path back = Files.createDirectory(folder.resolve("back"));
        Files.copy(data.resolve("encryption.keys"), back.resolve("encryption.keys"));
        Copied again = OfflineCopy.copy(database, configuration("back", back, ""), QUIET);
        assertThat(again.rows()).isEqualTo(there.rows());
        assertThat(again.audit()).isEqualTo(there.audit());
        change("UPDATE audit_ends SET base_seq = 0");
        try (Connection before = connect(data);
                Connection after = connect(back)) {
            assertThat(rows(after, there.rows().keySet()))
                    .isEqualTo(rows(before, there.rows().keySet()));
        }
        assertThat(back).isDirectoryNotContaining("glob:**.copying");
    }

    @Test
    void whatHasDataAlreadyIsLeftAlone() throws Exception {
        OfflineCopy.copy(file, database, QUIET);
        isRefused(file, database, "there is data in it; a copy needs a new database, or an empty one");
        isRefused(database, file, "there is a database already; move it away");
        isRefused(file, file, "both name a file; use 'bellhop backup' and 'bellhop restore'");
        isRefused(database, database, "both name a PostgreSQL; use pg_dump and pg_restore");
    }

    @Test
    void aServerMustHaveStopped() throws Exception {
        try (TestServer running = TestServer.in(folder).start()) {
            assertThat(running.data()).isEqualTo(data);
            isRefused(file, database, "another server uses it");
        }
        Path other = Files.createDirectory(folder.resolve("other"));
        try (TestServer running = TestServer.in(other)
                .postgres(postgres)
                .encryptionKeys(temp.keys())
                .start()) {
            assertThat(running.madeAdminKey()).isTrue();
            isRefused(file, database, "another Bellhop server uses it, from 127.0.0.1");
        }
    }

    @Test
    void otherKeysAreRefused() throws Exception {
        Path other = Files.createDirectory(folder.resolve("other"));
        Path withoutKeys = configuration("other", other, postgres());
        isRefused(file, withoutKeys, "encryption.keys");
        try (TestServer running = TestServer.in(folder.resolve("third")).start()) {
            Files.copy(running.data().resolve("encryption.keys"), other.resolve("encryption.keys"));
        }
        isRefused(file, withoutKeys, " is not among them; take a copy of those");
    }

    @Test
    void aFileOfAnOlderVersionIsMigratedFirst() throws Exception {
        int newest = OfflineMigration.migrate(file).now();
        change("DELETE FROM flyway_schema_history WHERE version = '" + newest + "'");
        change("ALTER TABLE audit DROP COLUMN door");
        isRefused(file, database, "run 'bellhop migrate' with its configuration first");

        assertThat(OfflineMigration.migrate(file))
                .isEqualTo(
                        new OfflineMigration.Migrated(data.resolve("bellhop.db").toString(), newest - 1, newest));
        assertThat(OfflineMigration.migrate(file).before()).isEqualTo(newest);
        assertThat(OfflineCopy.copy(file, database, QUIET).rows()).containsEntry("executions", 1L);
    }

    @Test
    void noServerStartsWithHalfACopyAndTheNextCopyStartsOver() throws Exception {
        change("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)"
                + " INSERT INTO long_contents SELECT 'x' || i, 1, x'00' FROM n");
        List<String> told = new ArrayList<>();
        assertThatThrownBy(() -> OfflineCopy.copy(file, database, (table, rows, of) -> {
                    told.add(table + " " + rows + " " + of);
                    if (told.size() == 2) {
                        throw new IllegalStateException("pulled the plug");
                    }
                }))
                .hasMessage("pulled the plug");
        assertThat(told).containsExactly("long_contents 1000 2500", "long_contents 2000 2500");

        String unfinished = "a copy into it has not been finished; run 'bellhop store copy' again";
        assertThatThrownBy(() -> Databases.requireUsable(ConfigReader.read(database)))
                .hasMessageContaining(unfinished);
        assertThatThrownBy(() -> BellhopServer.start(ConfigReader.read(database)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(unfinished);
        Path back = Files.createDirectory(folder.resolve("back"));
        Files.copy(data.resolve("encryption.keys"), back.resolve("encryption.keys"));
        isRefused(database, configuration("back", back, ""), unfinished);

        Copied copied = OfflineCopy.copy(file, database, QUIET);
        assertThat(copied.rows()).containsEntry("long_contents", 2500L);
        assertThat(copied.audit().intact()).isTrue();
        Databases.requireUsable(ConfigReader.read(database));
    }

    @Test
    void aTrailThatWasTamperedWithIsCopiedAndTold() throws Exception {
        change("DROP TRIGGER audit_is_not_changed");
        change("UPDATE audit SET subject = 'somebody else' WHERE seq = 1");
        Copied copied = OfflineCopy.copy(file, database, QUIET);
        assertThat(copied.audit().intact()).isFalse();
        assertThat(copied.audit().findings().getFirst().seq()).isEqualTo(1);
        Databases.requireUsable(ConfigReader.read(database));
    }

    @Test
    void aFailureSaysWhatToDo() throws Exception {
        change("INSERT INTO masks VALUES ('', 'a' || char(0), x'00')");
        isRefused(
                file,
                database,
                "because copying the table masks failed: ",
                "; the copy is incomplete, and no server starts with it. Run this again, it starts over");
    }

    /** As a cluster has in PostgreSQL. */
    @Test
    void whatHasNoPlaceInTheCopyIsNotLeftOut() throws Exception {
        change("ALTER TABLE masks ADD COLUMN extra INTEGER DEFAULT 7");
        change("CREATE TABLE more (n INTEGER)");
        change("INSERT INTO masks VALUES ('', 'a', x'00', 7)");
        change("UPDATE masks SET extra = 8");
        isRefused(file, database, "because there is no place in the copy for masks.extra, which a cluster of servers");
        change("UPDATE masks SET extra = 7");
        change("INSERT INTO more VALUES (1)");
        isRefused(file, database, "because there is no place in the copy for more, which");
        change("DELETE FROM more");
        assertThat(OfflineCopy.copy(file, database, QUIET).rows()).containsEntry("masks", 1L);
    }
}
