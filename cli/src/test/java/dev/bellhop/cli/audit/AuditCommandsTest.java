// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.api.v2.Page;
import dev.bellhop.cli.Cli;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditCommandsTest {

    private static final String AUDIT = "/api/v2/audit";

    @TempDir
    private Path folder;

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    private static AuditRecord record(
            long seq, String outcome, @Nullable Integer status, @Nullable String code, @Nullable Long count) {
        return new AuditRecord(
                seq,
                Cli.NOW,
                count == null ? "execution.start" : AuditRecord.REFUSED,
                count == null ? "POST /api/v2/vps/{vmid}/executions" : null,
                outcome,
                count == null ? "4b1d7c09e2aa" : null,
                null,
                null,
                "192.0.2.20",
                null,
                count == null ? 10_000L : null,
                null,
                null,
                null,
                status,
                code,
                count,
                AuditMark.START.hash(),
                AuditMark.START.hash());
    }

    private static StubAnswer page(List<AuditRecord> records, @Nullable String cursor) {
        return StubAnswer.json(200, new Page<>(records, cursor)).with("Cache-Control", "no-store");
    }

    @Test
    void listShowsWhoDidWhat() {
        cli.server.on(
                "GET",
                AUDIT,
                page(
                        List.of(
                                record(3, "refused", null, "unauthorized", 291L),
                                record(2, "refused", 403, "forbidden", null),
                                record(1, "done", 201, null, null)),
                        null));

        assertThat(cli.run("audit", "list").out()).isEqualTo("""
                SEQ  TIME                      KEY           FROM        ACTION            ABOUT                                        OUTCOME
                3    2026-01-31T12:00:00.000Z  -             192.0.2.20  requests.refused  -                                            refused unauthorized x291
                2    2026-01-31T12:00:00.000Z  4b1d7c09e2aa  192.0.2.20  execution.start   VM 10000 POST /api/v2/vps/{vmid}/executions  refused forbidden
                1    2026-01-31T12:00:00.000Z  4b1d7c09e2aa  192.0.2.20  execution.start   VM 10000                                     done
                """);
    }

    /** A server may look at much and find nothing. */
    @Test
    void aPartWithNothingInItIsNotTheEnd() {
        cli.server.on("GET", AUDIT, request -> {
            int part = request.target().contains("cursor=c2")
                    ? 2
                    : request.target().contains("cursor=c1") ? 1 : 0;
            return part == 2
                    ? page(List.of(record(1, "done", 201, null, null)), null)
                    : page(List.of(), "c" + (part + 1));
        });

        Cli.Run run = cli.run("audit", "list", "--output", "json");

        assertThat(run.exitCode()).isZero();
        assertThat(Json.mapper().readTree(run.out()).path("items").size()).isEqualTo(1);
    }

    @Test
    void theFiltersAreSent() {
        cli.server.on("GET", AUDIT, page(List.of(), null));

        Cli.Run run = cli.run(
                "audit",
                "list",
                "--since",
                "2h",
                "--until",
                "2026-01-31T12:00:00+01:00",
                "--key-id",
                "4b1d7c09e2aa",
                "--vm",
                "10000",
                "--action",
                "key.create",
                "--outcome",
                "refused",
                "--limit",
                "7");

        assertThat(run.err()).isEqualTo("bellhop: No records\n");
        assertThat(cli.server.requests().getFirst().target().replace("%2E", "."))
                .isEqualTo(AUDIT + "?since=2026-01-31T10%3A00%3A00Z&until=2026-01-31T11%3A00%3A00Z&key=4b1d7c09e2aa"
                        + "&vm=10000&action=key.create&outcome=refused&limit=7");
    }

    @Test
    void aTimeThatIsNoneIsAWrongCommandLine() {
        Cli.Run run = cli.run("audit", "list", "--since", "yesterday");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("a time such as 2026-01-31T09:30:00Z, or 2h");
    }

    @Test
    void whatCannotBeDoneIsExitCode255() {
        assertThat(cli.run("audit", "list", "--url", "http://127.0.0.1:1").exitCode())
                .isEqualTo(255);
        assertThat(cli.run("audit", "export", "--url", "http://127.0.0.1:1").exitCode())
                .isEqualTo(255);
        assertThat(cli.run("audit", "verify", "--url", "http://127.0.0.1:1").exitCode())
                .isEqualTo(255);
        assertThat(cli.run("audit", "verify", "/none").exitCode()).isEqualTo(255);
        assertThat(cli.run("audit", "verify", folder.toString()).exitCode()).isEqualTo(255);
        assertThat(cli.run("audit", "verify", "--data", folder.toString()).err())
                .isEqualTo(
                        "bellhop: Cannot check an audit trail in " + folder + " because there is no bellhop.db;"
                                + " if the server keeps its data in PostgreSQL, give its configuration with --config instead\n");
        assertThat(cli.run("audit", "verify", "--data", "/x", "/y").exitCode()).isEqualTo(255);
        assertThat(cli.run("audit", "verify", "--data", "/x", "--config", "/y").err())
                .isEqualTo(
                        "bellhop: Cannot check more than one of a data folder, a configuration and a file at once\n");
        assertThat(cli.run("audit", "verify", "--config", "/none/bellhop.yaml").err())
                .isEqualTo("bellhop: Cannot read the configuration /none/bellhop.yaml: there is no such file\n");
        assertThat(cli.run("audit", "verify", "--each").exitCode()).isEqualTo(255);
        assertThat(cli.run("audit", "verify", "--head", "abc").exitCode()).isEqualTo(2);
        assertThat(cli.run("audit", "verify", "--head", "").err()).contains("leave --head out the first time");
        cli.server.on("GET", AUDIT + "/export", StubAnswer.foreign(200, "application/jsonl", "hello\n"));
        assertThat(cli.run("audit", "verify").exitCode()).isEqualTo(255);
        cli.server.on(
                "GET",
                AUDIT + "/export",
                request -> StubAnswer.problem(403, "forbidden", "Cannot do this", AUDIT + "/export", null));
        assertThat(cli.run("audit", "export").err()).isEqualTo("bellhop: Cannot do this\n");
    }

    /** With a real server: what it exports is checked there, in a file and in its data folder, and what was done to it found. */
    @Test
    void whatWasChangedIsFoundEverywhere() throws Exception {
        try (TestServer server = TestServer.in(folder).start()) {
            server.makeKey(List.of("read:vm"), null);
            Map<String, String> env =
                    new HashMap<>(Map.of("BELLHOP_URL", server.uri().toString(), "BELLHOP_KEY", server.adminKey()));
            String data = server.data().toString();

            Cli.Run export = run(env, "audit", "export");
            Path file = Files.write(folder.resolve("audit.jsonl"), export.outBytes());
            Cli.Run intact = run(env, "audit", "verify");

            assertThat(export.exitCode()).isZero();
            assertThat(intact.exitCode()).as(intact.out() + intact.err()).isZero();
            assertThat(intact.out()).startsWith("The audit trail is intact: 4 records, from 1 on\nhead 4:");
            String head = intact.out().lines().toList().getLast().substring("head ".length());
            assertThat(run(env, "audit", "verify", "--head", head).out()).isEqualTo(intact.out());
            assertThat(run(env, "audit", "verify", "--data", data, "--head", head.substring(2))
                            .out())
                    .isEqualTo(intact.out());
            assertThat(run(env, "audit", "verify", file.toString()).out()).isEqualTo(intact.out());
            Path config = Files.writeString(folder.resolve("bellhop.yaml"), "data: " + data + "\nhypervisors: []\n");
            assertThat(run(env, "audit", "verify", "--config", config.toString())
                            .out())
                    .isEqualTo(intact.out());

            try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + data + "/bellhop.db");
                    Statement statement = database.createStatement()) {
                statement.executeUpdate("DROP TRIGGER audit_is_not_changed");
                statement.executeUpdate("UPDATE audit SET key_id = 'ffffffffffff' WHERE seq = 3");
            }
            List<String> lines = new ArrayList<>(Files.readAllLines(file));
            lines.remove(3);
            Files.write(file, lines);

            Cli.Run changed = run(env, "audit", "verify");
            assertThat(changed.exitCode()).isEqualTo(1);
            assertThat(changed.out()).isEqualTo("3: record 3 was changed\n");
            assertThat(changed.err())
                    .isEqualTo(
                            "bellhop: The audit trail was tampered with: 4 records checked, the first fault is at 3\n");
            assertThat(run(env, "audit", "verify", "--data", data).exitCode()).isEqualTo(1);
            Cli.Run removed = run(env, "audit", "verify", file.toString(), "--output", "json");
            assertThat(removed.exitCode()).isEqualTo(1);
            assertThat(Json.mapper()
                            .readValue(removed.out(), AuditReport.class)
                            .findings()
                            .getFirst())
                    .isEqualTo(new AuditReport.Finding(3, "record 3 is missing"));
        }
    }

    @Test
    void ofAFilteredExportEachRecordIsCheckedIfThatIsWanted() throws Exception {
        try (TestServer server = TestServer.in(folder).start()) {
            server.makeKey(List.of("read:vm"), null);
            Map<String, String> env =
                    new HashMap<>(Map.of("BELLHOP_URL", server.uri().toString(), "BELLHOP_KEY", server.adminKey()));
            Cli.Run export = run(env, "audit", "export", "--outcome", "begun");
            Path file = Files.write(folder.resolve("audit.jsonl"), export.outBytes());

            Cli.Run refused = run(env, "audit", "verify", file.toString());
            assertThat(refused.exitCode()).isEqualTo(255);
            assertThat(refused.err()).contains("--each");
            Cli.Run each = run(env, "audit", "verify", "--each", file.toString());
            assertThat(each.exitCode()).isZero();
            assertThat(each.out()).startsWith("Each of 1 record is as it was written.");
        }
    }

    private static Cli.Run run(Map<String, String> env, String... args) {
        return Cli.run(env, Cli.TERMINAL, Duration.ofSeconds(30), Duration.ofSeconds(30), args);
    }
}
