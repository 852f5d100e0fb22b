// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.api.audit.AuditVerifier;
import dev.bellhop.api.audit.KnownHead;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.store.AuditRow;
import dev.bellhop.server.store.sql.SqlAuditStore;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whoever can write to the database changes the audit trail, in many ways. Each is found, and at the record where it was done:
 * all but what nobody could tell, by the trail alone; a trail that was built anew, by a head that is known from before.
 */
class AuditTamperingTest {
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
    private static final int REMOVED = 10;
    private static final int FULL = 25;
    private static final int BARE = 26;
    private static final int PRUNE = 41;
    private static final int LAST = 46;

    @TempDir
    private static Path folder;

    private static Path sound;

    /** Forty records, of which the ten oldest are removed, the record of that, and five more. */
    @BeforeAll
    static void fill() throws Exception {
        sound = folder.resolve("sound.db");
        try (SqliteDatabase database = TestStores.open(sound)) {
            SqlAuditStore store = new SqlAuditStore(database);
            for (int seq = 1; seq < PRUNE; seq++) {
                store.add(entry(seq));
            }
            store.flush().join();
            Instant now = START.plus(Duration.ofDays(366));
            assertThat(store.removeBefore(
                                    START.plusSeconds(REMOVED + 1),
                                    (anchor, records) -> new AuditEntry(now, AuditRecord.PRUNE, Outcome.DONE)
                                            .about(anchor.text())
                                            .times(records))
                            .join())
                    .isEqualTo(REMOVED);
            for (int seq = PRUNE + 1; seq <= LAST; seq++) {
                store.add(entry(seq));
            }
            store.flush().join();
        }
        // The last one that leaves, and may write, puts the log into the file.
        try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + sound)) {
            execute(database, "PRAGMA wal_checkpoint(TRUNCATE)");
        }
    }

    /** One with every field, and one with those alone that all have; else one as most are. */
    private static AuditEntry entry(int seq) {
        AuditEntry entry =
                new AuditEntry(START.plusSeconds(seq), "POST /api/vm/{vmid}/agent/exec", Outcome.DONE).answered(200);
        if (seq == BARE) {
            return new AuditEntry(START.plusSeconds(seq), AuditRecord.SERVER_START, Outcome.DONE);
        }
        entry.by("0123456789ab", Tenant.operator())
                .from("192.0.2.20")
                .request("r" + seq)
                .in(new VmId(10_000 + seq));
        return seq == FULL
                ? entry.by("0123456789ab", account("acme"))
                        .certificate("ada serial 1 of CA SHA256:x")
                        .through("ssh")
                        .execution("e1")
                        .state("exited")
                        .about("s")
                        .because("c")
                        .times(3)
                : entry;
    }

    /**
     * One way to tamper.
     *
     * @param seq the record where it is to be found
     */
    record Tampering(String name, long seq, boolean needsKnownHead, Change change) {
        interface Change {
            void to(Connection database) throws SQLException;
        }

        static Tampering sql(String name, long seq, String... statements) {
            return new Tampering(name, seq, false, database -> execute(database, statements));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static void execute(Connection database, String... statements) throws SQLException {
        try (Statement statement = database.createStatement()) {
            for (String sql : statements) {
                statement.executeUpdate(sql);
            }
        }
    }

    static Stream<Tampering> tamperings() {
        return Stream.of(changedFields(), changedRows(), changedEnds(), rebuilt())
                .flatMap(List::stream);
    }

    /** A copy from before certificates and doors were recorded. */
    @Test
    void anOldCopyIsChecked() throws Exception {
        Path old = folder.resolve("old.db");
        try (SqliteDatabase database = TestStores.open(old)) {
            SqlAuditStore store = new SqlAuditStore(database);
            store.add(entry(1));
            store.flush().join();
        }
        try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + old)) {
            execute(database, "ALTER TABLE audit DROP COLUMN certificate", "ALTER TABLE audit DROP COLUMN door");
        }
        AuditReport report = AuditFile.verify(old, null);
        assertThat(report.intact()).isTrue();
        assertThat(report.records()).isEqualTo(1);
    }

    private static List<Tampering> changedFields() {
        Map<String, String> others = new TreeMap<>(Map.ofEntries(
                Map.entry("account", "'other'"),
                Map.entry("address", "'192.0.2.21'"),
                Map.entry("certificate", "'other'"),
                Map.entry("code", "'other'"),
                Map.entry("count", "4"),
                Map.entry("door", "'other'"),
                Map.entry("execution_id", "'e2'"),
                Map.entry("key_id", "'0123456789AB'"),
                Map.entry("request_id", "'r26'"),
                Map.entry("state", "'lost'"),
                Map.entry("status", "403"),
                Map.entry("subject", "'S'"),
                Map.entry("vmid", "10026")));
        List<Tampering> tamperings = new ArrayList<>();
        others.forEach((column, other) -> {
            String update = "UPDATE audit SET " + column + " = ";
            tamperings.add(Tampering.sql(column + " is changed", FULL, update + other + " WHERE seq = " + FULL));
            tamperings.add(Tampering.sql(column + " is removed", FULL, update + "NULL WHERE seq = " + FULL));
            tamperings.add(Tampering.sql(column + " is added", BARE, update + other + " WHERE seq = " + BARE));
        });
        Map<String, String> always = new TreeMap<>(Map.of(
                "action", "action || ' '",
                "at", "at + 1",
                "outcome", "'refused'",
                "previous", "zeroblob(32)",
                "hash", "zeroblob(32)"));
        always.forEach((column, other) -> {
            for (int seq : new int[] {REMOVED + 1, FULL, PRUNE, LAST}) {
                tamperings.add(Tampering.sql(
                        column + " of " + seq + " is changed",
                        seq,
                        "UPDATE audit SET " + column + " = " + other + " WHERE seq = " + seq));
            }
        });
        return tamperings;
    }

    private static List<Tampering> changedRows() {
        String copy = "INSERT INTO audit SELECT %d, at, action, outcome, key_id, account, address, request_id, vmid,"
                + " execution_id, state, subject, status, code, count, previous, hash, certificate, door FROM audit WHERE seq = %d";
        return List.of(
                Tampering.sql("one is removed", 25, "DELETE FROM audit WHERE seq = 25"),
                Tampering.sql("several are removed", 20, "DELETE FROM audit WHERE seq BETWEEN 20 AND 30"),
                Tampering.sql("every other is removed", 12, "DELETE FROM audit WHERE seq % 2 = 0"),
                Tampering.sql("the first is removed", 11, "DELETE FROM audit WHERE seq = 11"),
                Tampering.sql("the last is removed", 46, "DELETE FROM audit WHERE seq = 46"),
                Tampering.sql("the last five are removed", 42, "DELETE FROM audit WHERE seq > 41"),
                Tampering.sql("all are removed", 11, "DELETE FROM audit"),
                Tampering.sql("the record of the removal is removed", 41, "DELETE FROM audit WHERE seq = 41"),
                Tampering.sql(
                        "two are swapped",
                        24,
                        "UPDATE audit SET seq = 0 WHERE seq = 24",
                        "UPDATE audit SET seq = 24 WHERE seq = 25",
                        "UPDATE audit SET seq = 25 WHERE seq = 0"),
                Tampering.sql(
                        "two that are far apart are swapped",
                        13,
                        "UPDATE audit SET seq = 0 WHERE seq = 13",
                        "UPDATE audit SET seq = 13 WHERE seq = 44",
                        "UPDATE audit SET seq = 44 WHERE seq = 0"),
                Tampering.sql("one is moved to the end", 25, "UPDATE audit SET seq = 47 WHERE seq = 25"),
                Tampering.sql("one is moved to the beginning", 9, "UPDATE audit SET seq = 9 WHERE seq = 25"),
                Tampering.sql(
                        "one takes another's place",
                        25,
                        "DELETE FROM audit WHERE seq = 25",
                        String.format(copy, 25, 24)),
                Tampering.sql("one is doubled at the end", 47, String.format(copy, 47, 46)),
                Tampering.sql("one is put in front", 10, String.format(copy, 10, 11)),
                Tampering.sql("the first of all is put back otherwise", 1, String.format(copy, 1, 11)),
                Tampering.sql(
                        "one is removed and the others close up",
                        25,
                        "DELETE FROM audit WHERE seq = 25",
                        "UPDATE audit SET seq = -seq WHERE seq > 25",
                        "UPDATE audit SET seq = -seq - 1 WHERE seq < 0"),
                Tampering.sql(
                        "one is put in and the others make room",
                        25,
                        "UPDATE audit SET seq = -seq WHERE seq >= 25",
                        "UPDATE audit SET seq = -seq + 1 WHERE seq < 0",
                        String.format(copy, 25, 24)));
    }

    private static List<Tampering> changedEnds() {
        return List.of(
                Tampering.sql("the anchor is later", 11, "UPDATE audit_ends SET anchor_seq = 11"),
                Tampering.sql("the anchor is earlier", 10, "UPDATE audit_ends SET anchor_seq = 9"),
                Tampering.sql("the anchor is another", 11, "UPDATE audit_ends SET anchor_hash = zeroblob(32)"),
                Tampering.sql(
                        "the anchor says that nothing was removed",
                        1,
                        "UPDATE audit_ends SET anchor_seq = 0, anchor_hash = zeroblob(32)"),
                Tampering.sql(
                        "more is removed at the beginning, and the anchor goes along",
                        15,
                        "UPDATE audit_ends SET anchor_seq = 15, anchor_hash = (SELECT hash FROM audit WHERE seq = 15)",
                        "DELETE FROM audit WHERE seq <= 15"),
                Tampering.sql(
                        "all up to the record of the removal is removed, and the anchor goes along",
                        41,
                        "UPDATE audit_ends SET anchor_seq = 41, anchor_hash = (SELECT hash FROM audit WHERE seq = 41)",
                        "DELETE FROM audit WHERE seq <= 41"),
                Tampering.sql("the head is later", 47, "UPDATE audit_ends SET head_seq = 47"),
                Tampering.sql("the head is earlier", 46, "UPDATE audit_ends SET head_seq = 45"),
                Tampering.sql("the head is another", 46, "UPDATE audit_ends SET head_hash = zeroblob(32)"),
                Tampering.sql("the ends are removed", 1, "DELETE FROM audit_ends"));
    }

    /** By somebody who knows how hashes are made. */
    private static List<Tampering> rebuilt() {
        String head = "UPDATE audit_ends SET head_seq = (SELECT max(seq) FROM audit),"
                + " head_hash = (SELECT hash FROM audit ORDER BY seq DESC LIMIT 1)";
        String change = "UPDATE audit SET key_id = 'ffffffffffff' WHERE seq = 25";
        return List.of(
                new Tampering("one is changed with its hash", 26, false, database -> {
                    execute(database, change);
                    seal(database, 25, 25);
                }),
                new Tampering(
                        "one and those after it, but the last, are changed with their hashes", 46, false, database -> {
                            execute(database, change);
                            seal(database, 25, 45);
                        }),
                new Tampering("one and all after it are changed with their hashes", 46, false, database -> {
                    execute(database, change);
                    seal(database, 25, 46);
                }),
                new Tampering("one is added at the end with the right hash", 47, false, database -> {
                    execute(
                            database,
                            "INSERT INTO audit (seq, at, action, outcome, previous, hash)"
                                    + " VALUES (47, 0, 'a', 'done', zeroblob(32), zeroblob(32))");
                    seal(database, 47, 47);
                }),
                new Tampering("one and all after it are changed, and the head too", 46, true, database -> {
                    execute(database, change);
                    seal(database, 25, 46);
                    execute(database, head);
                }),
                new Tampering("the end is removed, and the head goes along", 42, true, database -> {
                    execute(database, "DELETE FROM audit WHERE seq > 41", head);
                }),
                new Tampering("the end is removed and another one made", 46, true, database -> {
                    execute(database, "UPDATE audit SET vmid = 1 WHERE seq > 43");
                    seal(database, 44, 46);
                    execute(database, head);
                }),
                new Tampering("all is built anew, and as if it came after the known head", 1, false, database -> {
                    execute(
                            database,
                            "UPDATE audit_ends SET anchor_seq = 0, anchor_hash = (SELECT max(hash) FROM audit WHERE seq = 46)",
                            "UPDATE audit SET previous = (SELECT anchor_hash FROM audit_ends) WHERE seq = 11",
                            "UPDATE audit SET seq = -seq",
                            "UPDATE audit SET seq = -seq - 10");
                    sealWithPrevious(database, 1);
                    seal(database, 2, 36);
                    execute(database, head);
                }),
                new Tampering("all is removed, as if there never was anything", 1, true, database -> {
                    execute(
                            database,
                            "DELETE FROM audit",
                            "UPDATE audit_ends SET anchor_seq = 0, anchor_hash = zeroblob(32), head_seq = 0,"
                                    + " head_hash = zeroblob(32)");
                }));
    }

    /** Gives records the hash of the one before and their own. */
    private static void seal(Connection database, int first, int last) throws SQLException {
        for (int seq = first; seq <= last; seq++) {
            execute(
                    database,
                    "UPDATE audit SET previous = (SELECT hash FROM audit WHERE seq = " + (seq - 1) + ") WHERE seq = "
                            + seq);
            sealWithPrevious(database, seq);
        }
    }

    /** Gives a record its own hash. */
    private static void sealWithPrevious(Connection database, int seq) throws SQLException {
        AuditRecord record;
        try (Statement statement = database.createStatement();
                ResultSet row = statement.executeQuery("SELECT * FROM audit WHERE seq = " + seq)) {
            record = AuditRow.read(row).sealed();
        }
        try (PreparedStatement update = database.prepareStatement("UPDATE audit SET hash = ? WHERE seq = " + seq)) {
            update.setBytes(1, AuditRow.hash(record.mark()));
            update.executeUpdate();
        }
    }

    /** Nothing but the trail says that its anchor ever was a record, so it does not vouch for a hash. */
    @Test
    void anAnchorIsNoKnownHead() {
        AuditMark anchor = new AuditMark(7, "a".repeat(64));

        assertThat(AuditVerifier.whole(anchor, new KnownHead(null, anchor.hash()))
                        .end(anchor)
                        .findings())
                .anySatisfy(finding -> assertThat(finding.what()).contains("no record is the head that is known"));
    }

    @Test
    void anUntouchedTrailIsIntact() throws Exception {
        AuditReport report = AuditFile.verify(sound, null);

        assertThat(report.intact()).as(report.toString()).isTrue();
        assertThat(report.records()).isEqualTo(LAST - REMOVED);
        assertThat(report.anchor().seq()).isEqualTo(REMOVED);
        assertThat(report.head().seq()).isEqualTo(LAST);
        assertThat(AuditFile.verify(sound, head(report)).intact()).isTrue();
        try (var files = Files.list(folder)) {
            assertThat(files.map(path -> path.getFileName().toString()))
                    .as("a check leaves nothing behind")
                    .doesNotContain("sound.db-wal", "sound.db-shm");
        }
    }

    private static KnownHead head(AuditReport report) {
        return KnownHead.parse(report.head().text()).orElseThrow();
    }

    @Test
    void thereAreManyWaysToTamper() {
        assertThat(tamperings().map(Tampering::name)).hasSizeGreaterThan(50).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("tamperings")
    void eachIsFoundWhereItWasDone(Tampering tampering) throws Exception {
        KnownHead known = head(AuditFile.verify(sound, null));
        Path file = Files.copy(sound, Files.createTempFile(folder, "x", ".db"), StandardCopyOption.REPLACE_EXISTING);
        try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            execute(database, "DROP TRIGGER audit_is_not_changed", "DROP TRIGGER audit_is_not_shortened");
            tampering.change.to(database);
        }

        AuditReport alone = AuditFile.verify(file, null);
        AuditReport report = AuditFile.verify(file, known);

        assertThat(alone.intact()).isEqualTo(tampering.needsKnownHead);
        assertThat(report.findings()).isNotEmpty();
        assertThat(report.findings().getFirst().seq()).as(report.toString()).isEqualTo(tampering.seq);
    }

    @Test
    void theDatabaseItselfRefusesWhatTheServerNeverDoes() throws Exception {
        Path file = Files.copy(sound, Files.createTempFile(folder, "x", ".db"), StandardCopyOption.REPLACE_EXISTING);
        try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            for (String sql : List.of("UPDATE audit SET vmid = 1 WHERE seq = 25", "DELETE FROM audit WHERE seq = 25")) {
                assertThat(catchThrowable(() -> execute(database, sql))).hasMessageContaining("only ever added to");
            }
        }
        assertThat(AuditFile.verify(file, null).intact()).isTrue();
    }
}
