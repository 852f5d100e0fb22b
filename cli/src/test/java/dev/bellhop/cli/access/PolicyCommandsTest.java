// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.CreatedKey;
import dev.bellhop.api.v2.admin.PolicyDecision;
import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.api.v2.admin.SavedCommandView;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import dev.bellhop.cli.terminal.Stdin;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.type.TypeReference;

/** Policies and saved commands by the command, against a real server. */
@Timeout(120)
@Tag("real")
class PolicyCommandsTest {
    private static final String NO_REBOOT =
            "{\"rules\": [{\"name\": \"no-reboot\", \"effect\": \"deny\", \"command\": \"reboot\"}]}";
    private static final String SHOW = """
            {"name": "show", "description": "Shows it", "argv": ["printf", "%s", "{{x}}"], "timeoutSeconds": 60,
             "parameters": [{"name": "x", "type": "string", "as": "argument"}]}
            """;

    @TempDir
    private static Path folder;

    private static RealServer real;

    @BeforeAll
    static void start() throws Exception {
        real = RealServer.start(folder);
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    private static String file(String text) throws IOException {
        return Files.writeString(Files.createTempFile(folder, "x", ".json"), text)
                .toString();
    }

    private static CreatedKey key(String... more) {
        String[] words = {"key", "create", "--name", "n", "--scope", "write:vm", "--output", "json"};
        Cli.Run run = real.run(
                Stream.of(List.of(words), List.of(more)).flatMap(List::stream).toArray(String[]::new));
        assertThat(run.exitCode()).as(run.err()).isZero();
        return Json.mapper().readValue(run.outBytes(), CreatedKey.class);
    }

    private static Cli.Run as(CreatedKey key, String... args) {
        Map<String, String> env = new HashMap<>(real.env);
        env.put("BELLHOP_KEY", key.key());
        return Cli.run(env, Cli.TERMINAL, Duration.ofSeconds(30), Duration.ofSeconds(30), args);
    }

    @Test
    void aPolicyIsSetShownAndCleared() throws Exception {
        CreatedKey key = key();
        Cli.Run set = real.run("policy", "set", "--key-id", key.id(), file(NO_REBOOT));
        assertThat(set.exitCode()).as(set.err()).isZero();
        assertThat(set.err()).isEqualTo("bellhop: Set the policy of key " + key.id() + "\n");

        PolicyDocument shown = Json.mapper()
                .readValue(real.run("policy", "show", "--key-id", key.id()).outBytes(), PolicyDocument.class);
        assertThat(shown.rules())
                .singleElement()
                .satisfies(rule -> assertThat(rule.command()).isEqualTo("reboot"));
        Cli.Run refused = as(key, "exec", "1", "--", "reboot");
        assertThat(refused.exitCode()).isEqualTo(255);
        assertThat(refused.err()).contains("'no-reboot' in the policy of this key");

        Cli.Run clear = real.run("policy", "clear", "--key-id", key.id());
        assertThat(clear.err()).isEqualTo("bellhop: Cleared the policy of key " + key.id() + "\n");
        assertThat(real.run("policy", "show", "--key-id", key.id()).exitCode()).isEqualTo(1);
    }

    @Test
    void anAccountsIsSetFromStandardInput() {
        String account = real.server.makeAccount("a");
        Stdin stdin = new Stdin(new ByteArrayInputStream(NO_REBOOT.getBytes(StandardCharsets.UTF_8)), () -> true);
        Cli.Run set = real.run(stdin, "policy", "set", "--account", account, "-", "--output", "json");

        assertThat(Json.mapper().readValue(set.outBytes(), PolicyDocument.class).rules())
                .hasSize(1);
        assertThat(real.run("policy", "show", "--account", account).out()).contains("no-reboot");
        assertThat(real.run("policy", "clear", "--account", account).exitCode()).isZero();
    }

    @Test
    void whoseItIsHasToBeSaid() throws Exception {
        Cli.Run none = real.run("policy", "show");
        assertThat(none.exitCode()).isEqualTo(2);
        assertThat(none.err()).contains("give one of --key-id and --account");
        assertThat(real.run("policy", "clear", "--key-id", "a", "--account", "b")
                        .exitCode())
                .isEqualTo(2);
    }

    /** Left out, it would be a limit less. */
    @Test
    void whatIsMisspeltIsRefusedHere() throws Exception {
        Cli.Run run = real.run("policy", "set", "--key-id", key().id(), file("{\"onlySavedComands\": true}"));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("/onlySavedComands");
        assertThat(real.run("policy", "set", "--key-id", "x", file("[")).err()).contains("not a JSON object");
        assertThat(real.run("policy", "set", "--key-id", "x", file("null")).err())
                .contains("not a JSON object");
        assertThat(real.run("policy", "set", "--key-id", "x", folder + "/nothing")
                        .err())
                .contains("Cannot read");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"rules\": [", "{\"rules\": [}", "{'rules': []}", "{}}"})
    void whatIsNoJsonIsSaidToBeNone(String text) throws Exception {
        String file = file(text);

        assertThat(real.run("policy", "set", "--key-id", "x", file).err())
                .startsWith("bellhop: Cannot use " + file + " because it is not valid JSON: look at line 1, column ");
    }

    @Test
    void aFileThatCannotBeReadIsSaidWhy() {
        assertThat(real.run("policy", "set", "--key-id", "x", "/nowhere").err())
                .isEqualTo("bellhop: Cannot read /nowhere because there is no such file\n");
        assertThat(real.run("policy", "set", "--key-id", "x", folder.toString()).err())
                .isEqualTo("bellhop: Cannot read " + folder + " because it is a folder\n");
    }

    @Test
    void aKeyIsMadeWithItsPolicy() throws Exception {
        CreatedKey key = key("--policy", file("{\"onlySavedCommands\": true}"));

        assertThat(as(key, "exec", "1", "--", "true").err()).contains("onlySavedCommands");
    }

    @Test
    void aSavedCommandIsMadeListedShownRunAndDeleted() throws Exception {
        Cli.Run create = real.run("saved-command", "create", file(SHOW));
        assertThat(create.err()).isEqualTo("bellhop: Saved version 1 of show\n");
        Cli.Run again = real.run(
                "saved-command",
                "create",
                file(real.run("saved-command", "show", "show").out()),
                "--output",
                "json");
        assertThat(Json.mapper()
                        .readValue(again.outBytes(), SavedCommandView.class)
                        .version())
                .as(again.err())
                .isEqualTo(2);

        assertThat(real.run("saved-command", "list").out())
                .containsPattern("NAME +VERSION +SAVED +PARAMETERS +DESCRIPTION\n")
                .containsPattern("show +2 +20[0-9-]+ +x +Shows it\n");
        Page<SavedCommandView> versions = Json.mapper()
                .readValue(
                        real.run("saved-command", "show", "show", "--output", "json")
                                .outBytes(),
                        new TypeReference<>() {});
        assertThat(versions.items()).hasSize(2);
        assertThat(real.run("saved-command", "show", "--saved-version", "3", "show")
                        .err())
                .contains("those that are: 2, 1");

        Cli.Run run = real.run("exec", "--saved", "show", "--param", "x=; rm -rf $(id)=1", "--saved-version", "1", "1");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo("; rm -rf $(id)=1");
        Cli.Run json = real.run("exec", "--saved", "show", "-p", "x=y", "--output", "json", "--label", "a=b", "1");
        ExecutionView view = Json.mapper().readValue(json.outBytes(), ExecutionView.class);
        assertThat(view.savedCommand()).isEqualTo("show");
        assertThat(view.savedCommandVersion()).isEqualTo(2);
        assertThat(view.labels()).containsEntry("a", "b");

        assertThat(real.run("saved-command", "delete", "show").err())
                .isEqualTo("bellhop: Deleted saved command show\n");
        Cli.Run gone = real.run("saved-command", "delete", "show");
        assertThat(gone.exitCode()).isEqualTo(1);
        assertThat(real.run("saved-command", "list").err()).contains("There are no saved commands");
    }

    @Test
    void whatDoesNotGoTogetherIsRefusedHere() {
        assertThat(real.run("exec", "--saved", "x", "1", "--", "true").err()).contains("one of --saved and COMMAND");
        assertThat(real.run("exec", "--param", "x=y", "1", "--", "true").err()).contains("--saved with");
        Cli.Run none = real.run("exec", "1");
        assertThat(none.exitCode()).isEqualTo(255);
        assertThat(none.err()).contains("missing required parameter: 'COMMAND'");
        assertThat(real.run("exec", "--saved", "nothing", "1").err()).contains("/savedCommand");
    }

    @Test
    void aDryRunTellsAndRunsNothing() throws Exception {
        CreatedKey key = key("--policy", file(NO_REBOOT));
        Cli.Run refused = as(key, "exec", "--dry-run", "1", "--", "reboot");
        assertThat(refused.exitCode()).isEqualTo(255);
        assertThat(refused.out()).isEqualTo("refused\n");
        assertThat(refused.err()).isEqualTo("bellhop: The policy of this key says so, by 'no-reboot'\n");

        Path trace = folder.resolve("trace");
        Cli.Run allowed = as(key, "exec", "--dry-run", "--output", "json", "1", "--", "touch " + trace);
        assertThat(allowed.exitCode()).isZero();
        assertThat(Json.mapper().readValue(allowed.outBytes(), PolicyDecision.class))
                .isEqualTo(new PolicyDecision(PolicyDecision.ALLOWED, null, null));
        assertThat(trace).doesNotExist();
    }
}
