// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.savedcommand;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommand.Template;
import dev.bellhop.server.policy.SavedParameters.Parameter;
import dev.bellhop.server.policy.SavedParameters.Text;
import dev.bellhop.server.policy.SavedParameters.Use;
import dev.bellhop.server.store.sql.SqlSavedCommandStore;
import dev.bellhop.server.store.sqlite.SqliteDatabase;
import dev.bellhop.server.store.sqlite.TestStores;
import dev.bellhop.server.tenant.Tenant;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Saved commands that are run with values of their parameters. */
@Timeout(120)
@Tag("real")
class V2SavedCommandRunsTest extends SavedCommandScene {
    @ParameterizedTest
    @ValueSource(strings = {"; rm -rf /", "$(id)", "`id`", "a b  c", "'\"", "x\ny", "{{x}}", "|| reboot", "%s"})
    void aValueArrivesAsItIs(String value) {
        saved(SHOW);
        saved("{'name': 'text', 'command': 'printf %s \\\"$X\\\"', 'parameters':"
                + " [{'name': 'X', 'type': 'string', 'as': 'environment'}]}");

        assertThat(stdout(run(runner, "show", Map.of("x", value)))).isEqualTo("a|" + value + "|" + value + "|");
        assertThat(stdout(run(runner, "text", Map.of("X", value)))).isEqualTo(value);
    }

    @Test
    void anExecutionSaysWhichSavedCommandItIsAndWhatItRan() {
        saved(SHOW);
        JsonNode ran = run(runner, "show", Map.of("x", "y")).json();

        assertThat(ran.path("savedCommand").stringValue()).isEqualTo("show");
        assertThat(ran.path("savedCommandVersion").intValue()).isEqualTo(1);
        assertThat(ran.path("argv").valueStream().map(JsonNode::stringValue))
                .containsExactly("printf", "%s|", "a", "y", "y");
        server.restart();
        JsonNode later =
                runner.get("/api/v2/executions/" + ran.path("id").stringValue()).json();
        assertThat(later.path("savedCommand").stringValue()).isEqualTo("show");
        assertThat(later.path("savedCommandVersion").intValue()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '~',
            value = {
                "'command': 'x' ! /command",
                "'argv': ['x'] ! /argv",
                "'shell': 'x' ! /shell",
                "'env': {'LD_PRELOAD': 'x'} ! /env",
                "'user': 'root' ! /user",
                "'cwd': '/' ! /cwd",
                "'stdin': 'x' ! /stdin",
                "'stdinBase64': 'eA==' ! /stdinBase64",
                "'stdinFollows': true ! /stdinFollows",
                "'stdinFollows': false ! /stdinFollows"
            })
    void itsCallerSaysNothingThatIsTheSavedCommands(String field, String pointer) {
        saved(SHOW);
        assertThat(faults(run(runner, "{'savedCommand': 'show', 'parameters': {'x': 'y'}, " + field + "}")))
                .isEqualTo(pointer + " unknown_field");
    }

    @Test
    void itsCallerMayAskForLessTimeAndNoMore() {
        saved("{'name': 't', 'argv': ['true'], 'timeoutSeconds': 5}");

        assertThat(faults(run(runner, "{'savedCommand': 't', 'timeoutSeconds': 6}")))
                .isEqualTo("/timeoutSeconds out_of_range");
        assertThat(run(runner, "{'savedCommand': 't', 'timeoutSeconds': 4}")
                        .json()
                        .path("timeoutSeconds")
                        .intValue())
                .isEqualTo(4);
        assertThat(run(runner, "{'savedCommand': 't'}")
                        .json()
                        .path("timeoutSeconds")
                        .intValue())
                .isEqualTo(5);
    }

    @Test
    void theValuesAreThoseOfItsParameters() {
        saved("{'name': 'p', 'argv': ['printf', '%s|', '{{i}}', '{{d}}'], 'parameters': ["
                + "{'name': 'i', 'type': 'integer', 'as': 'argument'},"
                + "{'name': 'd', 'type': 'string', 'as': 'argument', 'default': 'usual'},"
                + "{'name': 'E', 'type': 'string', 'as': 'environment', 'required': false}]}");

        assertThat(stdout(run(runner, "p", Map.of("i", 5)))).isEqualTo("5|usual|");
        assertThat(stdout(run(runner, "p", Map.of("i", "5", "d", "other")))).isEqualTo("5|other|");
        assertThat(faults(run(runner, "p", Map.of()))).isEqualTo("/parameters/i required");
        assertThat(faults(run(runner, "p", Map.of("i", -5)))).isEqualTo("/parameters/i unknown_value");
        assertThat(faults(run(runner, "p", Map.of("i", 5, "d", "-rf")))).isEqualTo("/parameters/d unknown_value");
        assertThat(faults(run(runner, "p", Map.of("i", 5, "E", "a\0b")))).isEqualTo("/parameters/E unknown_value");
        TestAnswer more = run(runner, "p", Map.of("i", 5, "PATH", "hunter2"));
        assertThat(faults(more)).isEqualTo("/parameters unknown_field");
        assertThat(more.text()).doesNotContain("hunter2");
        assertThat(faults(run(runner, "{'command': 'true', 'parameters': {'i': 5}, 'version': 1}")))
                .isEqualTo("/version unknown_field, /parameters unknown_field");
    }

    /** An earlier version of the server let it be saved. */
    @Test
    void aVariableThatTellsWhatToRunIsRefusedThoughItWasSaved() throws Exception {
        server.stop();
        try (SqliteDatabase database = TestStores.open(server.data().resolve("bellhop.db"))) {
            Parameter parameter =
                    new Parameter("LD_PRELOAD", null, Use.ENVIRONMENT, new Text(null, 100, false), null, false, false);
            new SqlSavedCommandStore(database)
                    .insert(
                            new SavedCommand(
                                    Tenant.account(account),
                                    "old",
                                    1,
                                    null,
                                    new Template(null, null, List.of("true"), Map.of(), null, null, null),
                                    List.of(parameter),
                                    false,
                                    Instant.EPOCH,
                                    key.id()),
                            null)
                    .join();
        }
        server.start();

        assertThat(faults(run(runner, "old", Map.of("LD_PRELOAD", "/tmp/hunter2.so"))))
                .isEqualTo("/parameters/LD_PRELOAD unknown_value");
        assertThat(run(runner, "old", Map.of()).status()).isEqualTo(201);
    }

    @Test
    void anArgumentOfAShellsTextIsAWord() {
        saved(
                "{'name': 'n', 'argv': ['bash', '-o', 'pipefail', '-ec', 'printf %s \\\"$1\\\"', 'sh', '{{x}}'], 'parameters':"
                        + " [{'name': 'x', 'type': 'string', 'as': 'argument'}]}");

        assertThat(stdout(run(runner, "n", Map.of("x", "$(id)")))).isEqualTo("$(id)");
    }
}
