// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.FieldError;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.CreateKey;
import dev.bellhop.api.v2.admin.CreatedKey;
import dev.bellhop.api.v2.admin.KeyView;
import dev.bellhop.cli.Cli;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KeyCommandsTest {

    private static final String KEYS = "/api/v2/keys";
    private static final String SECRET = "bellhop_abcdefabcdef_" + "1".repeat(64);

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    @Test
    void createPrintsTheKeyAloneOnStandardOutput() {
        cli.server.on("POST", KEYS, created());

        Cli.Run run = cli.run(
                "key",
                "create",
                "--name",
                "ci",
                "--scope",
                "read:vm",
                "--scope",
                "write:vm",
                "--vm",
                "10000", //
                "--expires-in-days",
                "90",
                "--account",
                "0c5d2e9f7a41",
                "--network",
                "10.0.0.0/8",
                "--network",
                "::1");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo(SECRET + "\n");
        assertThat(run.err())
                .isEqualTo("bellhop: Created key abcdefabcdef (ci) for VM 10000 of 0c5d2e9f7a41 with"
                        + " read:vm,write:vm,"
                        + " from 10.0.0.0/8,0:0:0:0:0:0:0:1/128, expires 2026-05-01. It is not shown again\n");
        assertThat(Json.mapper().readValue(cli.server.requests().getFirst().body(), CreateKey.class))
                .isEqualTo(new CreateKey(
                        "ci",
                        List.of("read:vm", "write:vm"),
                        List.of(10000L),
                        90,
                        "0c5d2e9f7a41",
                        List.of("10.0.0.0/8", "::1"),
                        null,
                        null,
                        null,
                        null));
    }

    @Test
    void whatIsNotGivenIsNotSent() {
        cli.server.on("POST", KEYS, created());

        cli.run("key", "create", "--name", "ci", "--scope", "read:vm,write:vm");

        assertThat(cli.server.requests().getFirst().body())
                .isEqualTo("{\"name\":\"ci\",\"scopes\":[\"read:vm\",\"write:vm\"]}");
    }

    @Test
    void createAsJson() {
        cli.server.on("POST", KEYS, created());

        Cli.Run run = cli.run("key", "create", "--name", "ci", "--scope", "admin", "--output", "json");

        assertThat(Json.mapper().readValue(run.outBytes(), CreatedKey.class).key())
                .isEqualTo(SECRET);
    }

    @Test
    void fieldsAtFaultAreNamed() {
        cli.server.on(
                "POST",
                KEYS,
                request -> StubAnswer.problem(
                        400,
                        "invalid_field",
                        "Cannot create this key",
                        KEYS,
                        List.of(FieldError.of("/scopes/0", "One of read:vm, write:vm, admin", "unknown_value"))));

        Cli.Run run = cli.run("key", "create", "--name", "ci", "--scope", "root");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEqualTo("""
                bellhop: Cannot create this key
                  /scopes/0: One of read:vm, write:vm, admin
                """);
    }

    @Test
    void aWrongCommandLineIsExitCode2() {
        Cli.Run run = cli.run("key", "create", "--name", "ci");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).isEqualTo("""
                bellhop: Cannot understand the command line: missing required option: '--scope=SCOPE'
                See 'bellhop key create --help'.
                """);
    }

    @Test
    void listShowsWhatEachKeyMayDoAndWhetherItStillMay() {
        List<KeyView> keys = List.of(
                new KeyView(
                        "a",
                        "admin",
                        "bellhop_a",
                        List.of("admin"),
                        null,
                        Cli.NOW,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null),
                new KeyView(
                        "bb",
                        "old\u001b[31m",
                        "bellhop_bb",
                        List.of("read:vm"),
                        List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L),
                        Cli.NOW.minus(Duration.ofDays(9)),
                        Cli.NOW.minus(Duration.ofDays(1)),
                        null,
                        null,
                        null,
                        Cli.NOW.minus(Duration.ofDays(2)),
                        null,
                        null,
                        null),
                new KeyView(
                        "c",
                        "new",
                        "bellhop_c",
                        List.of("read:vm", "write:vm"),
                        List.of(10000L),
                        Cli.NOW,
                        Cli.NOW.plus(Duration.ofDays(1)),
                        null,
                        "0c5d2e9f7a41",
                        List.of("10.0.0.0/8", "192.0.2.1/32"),
                        Cli.NOW,
                        null,
                        null,
                        null),
                new KeyView(
                        "d",
                        "gone",
                        "bellhop_d",
                        List.of("read:vm"),
                        null,
                        Cli.NOW,
                        null,
                        Cli.NOW,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null));
        cli.server.on("GET", KEYS, StubAnswer.json(200, new Page<>(keys, null)));

        assertThat(cli.run("key", "list").out()).isEqualTo("""
                ID  NAME             SCOPES            FOR                       FROM                     CREATED     USED        STATE
                a   admin            admin             all VMs                   anywhere                 2026-01-31  never       active
                bb  old<U+001B>[31m  read:vm           VMs 1,2,3,4,5 and 2 more  anywhere                 2026-01-22  2026-01-29  expired 2026-01-30
                c   new              read:vm,write:vm  VM 10000 of 0c5d2e9f7a41  10.0.0.0/8,192.0.2.1/32  2026-01-31  2026-01-31  active until 2026-02-01
                d   gone             read:vm           all VMs                   anywhere                 2026-01-31  never       revoked 2026-01-31
                """);
    }

    private static StubAnswer changed() {
        return StubAnswer.tagged(
                200,
                new KeyView(
                        "a",
                        "web",
                        "bellhop_a",
                        List.of("write:vm"),
                        List.of(10000L, 10001L),
                        Cli.NOW,
                        Cli.NOW.plus(Duration.ofDays(90)),
                        null,
                        null,
                        List.of("10.0.0.0/8"),
                        null,
                        null,
                        null,
                        null));
    }

    @Test
    void setSendsWhatItsOptionsName() {
        cli.server.on("PATCH", KEYS + "/a", changed());

        Cli.Run run = cli.run(
                "key",
                "set",
                "a",
                "--name",
                "web",
                "--scope",
                "write:vm",
                "--vm",
                "10000,10001",
                "--network",
                "10.0.0.0/8",
                "--expires-in",
                "90d",
                "--if-match",
                "0".repeat(32));

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .isEqualTo("bellhop: Changed key a (web), now for VMs 10000,10001 with write:vm, from 10.0.0.0/8,"
                        + " expires 2026-05-01. ETag: " + "0".repeat(32) + "\n");
        assertThat(cli.server.requests().getFirst().body())
                .isEqualTo("{\"name\":\"web\",\"scopes\":[\"write:vm\"],\"vms\":[10000,10001],"
                        + "\"networks\":[\"10.0.0.0/8\"],\"expiresInSeconds\":7776000}");
        assertThat(cli.server.requests().getFirst().header("If-Match")).isEqualTo("\"" + "0".repeat(32) + "\"");
    }

    @Test
    void setRemovesLimits() {
        cli.server.on("PATCH", KEYS + "/a", changed());

        cli.run("key", "set", "a", "--all-vms", "--any-network", "--never-expires");
        assertThat(cli.server.requests().getLast().body())
                .isEqualTo("{\"allVms\":true,\"anyNetwork\":true,\"neverExpires\":true}");
        cli.run("key", "set", "a", "--expires-at", "2026-12-31T19:00:00+01:00");
        assertThat(cli.server.requests().getLast().body()).isEqualTo("{\"expiresAt\":\"2026-12-31T18:00:00.000Z\"}");
        assertThat(cli.server.requests().getLast().header("If-Match")).isNull();
    }

    @Test
    void setWithoutAChangeSendsNothing() {
        Cli.Run run = cli.run("key", "set", "a", "--if-match", "x");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("at least one option that changes the key");
        assertThat(cli.server.requests()).isEmpty();
        assertThat(cli.run("key", "set", "a", "--expires-at", "soon").err())
                .contains("it must be a time such as 2026-12-31T18:00:00Z");
    }

    @Test
    void showPrintsTheKeyAndItsEtag() {
        cli.server.on("GET", KEYS + "/a", changed());

        Cli.Run run = cli.run("key", "show", "a");

        assertThat(Json.mapper().readValue(run.outBytes(), KeyView.class).vms()).containsExactly(10000L, 10001L);
        assertThat(run.err()).isEqualTo("bellhop: ETag: " + "0".repeat(32) + "\n");
    }

    @Test
    void createSaysWhenTheKeyExpires() {
        cli.server.on("POST", KEYS, created());

        cli.run("key", "create", "--name", "ci", "--scope", "read:vm", "--expires-in", "12h");
        assertThat(cli.server.requests().getLast().body())
                .isEqualTo("{\"name\":\"ci\",\"scopes\":[\"read:vm\"],\"expiresInSeconds\":43200}");
        cli.run("key", "create", "--name", "ci", "--scope", "read:vm", "--expires-at", "2026-12-31T18:00:00Z");
        assertThat(cli.server.requests().getLast().body())
                .isEqualTo("{\"name\":\"ci\",\"scopes\":[\"read:vm\"],\"expiresAt\":\"2026-12-31T18:00:00.000Z\"}");
    }

    @Test
    void anEmptyListSaysWhatToDoNext() {
        cli.server.on("GET", KEYS, StubAnswer.json(200, new Page<>(List.of(), null)));

        assertThat(cli.run("key", "list").err()).contains("bellhop key create");
    }

    @Test
    void revokeNamesEachKey() {
        cli.server.on("DELETE", KEYS + "/a", StubAnswer.noContent()).on("DELETE", KEYS + "/b", StubAnswer.noContent());

        Cli.Run run = cli.run("key", "revoke", "a", "b");

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEqualTo("""
                bellhop: Revoked key a
                bellhop: Revoked key b
                """);
    }

    @Test
    void rotatePrintsTheKeyAloneOnStandardOutput() {
        CreatedKey rotated = new CreatedKey(
                "a",
                SECRET,
                "ci",
                List.of("admin"),
                null,
                Cli.NOW,
                null,
                null,
                null,
                Cli.NOW.plusSeconds(3600),
                null,
                null);
        cli.server.on("POST", KEYS + "/a/actions/rotate", StubAnswer.tagged(200, rotated));

        Cli.Run run = cli.run("key", "rotate", "a", "--overlap", "1h");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo(SECRET + "\n");
        assertThat(run.err())
                .isEqualTo("bellhop: Rotated key a (ci). Its old secret stays valid until 2026-01-31T13:00:00.000Z."
                        + " The new one is not shown again\n");
        assertThat(cli.server.requests().getFirst().body()).isEqualTo("{\"overlapSeconds\":3600}");
        cli.run("key", "rotate", "a");
        assertThat(cli.server.requests().get(1).body()).isEqualTo("{}");
    }

    @Test
    void revokingAKeyThatDoesNotExistIsFailure() {
        cli.server.on(
                "DELETE",
                KEYS + "/a",
                request -> StubAnswer.problem(404, "not_found", "Cannot find a key with this id", KEYS + "/a", null));

        Cli.Run run = cli.run("key", "revoke", "a");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).isEqualTo("bellhop: Cannot find a key with this id\n");
    }

    private static StubAnswer created() {
        CreatedKey key = new CreatedKey(
                "abcdefabcdef",
                SECRET,
                "ci",
                List.of("read:vm", "write:vm"),
                List.of(10000L),
                Cli.NOW,
                Cli.NOW.plus(Duration.ofDays(90)),
                "0c5d2e9f7a41",
                List.of("10.0.0.0/8", "0:0:0:0:0:0:0:1/128"),
                null,
                null,
                null);
        return StubAnswer.created(KEYS + "/" + key.id(), key);
    }
}
