// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.AccountView;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.terminal.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {

    private static final String SAVED = """
            {"name": "deploy", "version": 1, "argv": ["true"], "stdin": false, "parameters": [],
             "createdAt": "2026-01-31T09:30:00.000Z", "keyId": "4b1d7c09e2aa"}""";
    private static final String EXECUTION = """
            {"id": "019c1379-5a10-7cc3-8d25-6f1f7f3f2c01", "vmid": 10000, "state": "running", "mode": "supervised",
             "command": "true", "createdAt": "2026-01-31T09:30:00.000Z", "keyId": "4b1d7c09e2aa"}""";

    private final Cli cli = new Cli();

    private static VmSummary vm(long vmid, @Nullable String name) {
        return new VmSummary(vmid, name, "running", null, null, null, null, null, null);
    }

    @AfterEach
    void close() {
        cli.close();
    }

    static List<List<String>> commands() {
        Terminal nowhere = new Terminal(new ByteArrayOutputStream(), new ByteArrayOutputStream());
        List<List<String>> found = new ArrayList<>();
        collect(Main.commandLine(new CliContext(Map.of(), Cli.TERMINAL, nowhere)), List.of(), found);
        return found;
    }

    private static void collect(CommandLine command, List<String> words, List<List<String>> found) {
        found.add(words);
        command.getSubcommands().forEach((name, subcommand) -> {
            List<String> more = new ArrayList<>(words);
            more.add(name);
            collect(subcommand, more, found);
        });
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyHelpFitsATerminal(List<String> words) {
        List<String> line = new ArrayList<>(words);
        line.add("--help");
        Cli.Run run = cli.run(line.toArray(String[]::new));

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).startsWith("Usage: bellhop ").doesNotContain("\t", "%n");
        assertThat(run.out().lines())
                .allMatch(text -> text.length() <= 80)
                // Half a scope is none.
                .noneMatch(text -> text.matches(".*\\b(?:read|write|power|admin):"));
        // An example that is wrapped cannot be pasted.
        CommandLine command = Main.commandLine(new CliContext(
                Map.of(), Cli.TERMINAL, new Terminal(new ByteArrayOutputStream(), new ByteArrayOutputStream())));
        for (String word : words) {
            command = Objects.requireNonNull(command.getSubcommands().get(word));
        }
        assertThat(command.getCommandSpec().usageMessage().footer())
                .filteredOn(text -> text.startsWith("  "))
                .allMatch(text -> run.out().lines().anyMatch(text.replace("%%", "%")::equals));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "vm",
                "account",
                "key",
                "audit",
                "encryption",
                "nothing",
                "vm lst",
                "--output xml vm list",
                "server --config",
                "completion fish"
            })
    void aWrongCommandLineIsExitCode2AndPointsAtTheHelp(String line) {
        Cli.Run run = line.isEmpty() ? cli.run() : cli.run(line.split(" ", -1));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .startsWith("bellhop: Cannot understand the command line: ")
                .contains("--help'.");
    }

    @Test
    void aSlipOfTheFingerGetsASuggestion() {
        assertThat(cli.run("account", "lst").err()).contains("did you mean list?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"vm stats", "vm strat", "key revok", "exce 1 -- true", "vm stop 1 --forec"})
    void nothingThatChangesAnythingIsSuggested(String line) {
        assertThat(cli.run(line.split(" ", -1)).err())
                .contains("Cannot understand the command line")
                .doesNotContain("start", "stop?", "revoke?", "did you mean exec", "--force");
    }

    @Test
    void onlyTheCommandsThatAreNamedAreBuilt() {
        // The guest's words name some too; all the same the command is found, and its options.
        Cli.Run run = cli.run("exec", "--dry-run", "--json", "0", "--", "vm", "list", "version");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("a vmid must be");
    }

    @ParameterizedTest
    @ValueSource(strings = {"version", "--version", "-V"})
    void saysItsVersion(String line) {
        assertThat(cli.run(line).out()).startsWith("bellhop ");
    }

    @Test
    void theCompletionScriptCompletesInARealBash(@TempDir Path folder) throws IOException, InterruptedException {
        Path script = Files.writeString(
                folder.resolve("completion.bash"), cli.run("completion", "bash").out());

        assertThat(completions(script, "bellhop", "v")).contains("vm", "version");
        assertThat(completions(script, "bellhop", "key", "cr")).contains("create");
        assertThat(completions(script, "bellhop", "vm", "list", "--out")).contains("--output");
        assertThat(completions(script, "bellhop", "vm", "list", "--output", "")).contains("json");
        // As bash splits them.
        assertThat(completions(script, "bellhop", "vm", "list", "--output", "="))
                .isEqualTo("text\njson\n");
        assertThat(completions(script, "bellhop", "ps", "--state", "=", "l")).isEqualTo("lost\n");
        assertThat(completions(script, "bellhop", "key", "create", "--scope", "=", "read", ":"))
                .isEqualTo("vm\nraw\n");
        // As zsh does.
        assertThat(completions(script, "bellhop", "ps", "--state=l")).isEqualTo("--state=lost\n");
    }

    @ParameterizedTest
    @CsvSource({
        "exec, 10000 10001 10002 10003 10004 web",
        "exec -d --user www, 10000 10001 10002 10003 10004 web",
        "exec 10000 --, ''",
        "exec --saved, deploy",
        "saved-command show, deploy",
        "--url, ''",
        "vm show, 10000 10001 10002 10003 10004 web",
        "vm assign 10000, shop",
        "key create --account, shop",
        "key create --name, ''",
        "context use, prod",
        "vm list --context, prod",
        "context set, ''",
        "key create --vm, 10000 10001 10002 10003 10004 web",
        "key revoke, ''",
        "logs -f, @last 019c1379-5a10-7cc3-8d25-6f1f7f3f2c01",
        "signal HUP, @last 019c1379-5a10-7cc3-8d25-6f1f7f3f2c01",
        "vm, ''"
    })
    void namesAreCompleted(String words, String names, @TempDir Path home) {
        cli.server.on(
                "GET",
                "/api/v2/vps",
                StubAnswer.json(
                        200,
                        new Page<>(
                                List.of(
                                        vm(10000, "web"),
                                        vm(10001, "twice"),
                                        vm(10002, "twice"),
                                        vm(10003, "$(reboot)"),
                                        vm(10004, "10000")),
                                null)));
        cli.server.on(
                "GET",
                "/api/v2/accounts",
                StubAnswer.json(
                        200,
                        new Page<>(
                                List.of(
                                        new AccountView("0c5d2e9f7a41", "shop", Cli.NOW, List.of()),
                                        new AccountView("0c5d2e9f7a42", "$(reboot)", Cli.NOW, List.of())),
                                null)));
        cli.server.on(
                "GET",
                "/api/v2/saved-commands",
                StubAnswer.foreign(200, "application/json", "{\"items\": [" + SAVED + "]}"));
        cli.server.on(
                "GET",
                "/api/v2/executions",
                StubAnswer.foreign(200, "application/json", "{\"items\": [" + EXECUTION + "]}"));
        cli.env.put("XDG_CONFIG_HOME", home.toString());
        cli.run("context", "set", "prod", "--url", "https://bellhop.example");
        List<String> line = new ArrayList<>(List.of("completion", "--names-after", "--"));
        line.addAll(List.of(words.split(" ", -1)));

        Cli.Run run = cli.run(line.toArray(String[]::new));

        assertThat(run.err()).isEmpty();
        assertThat(run.out().strip().replace('\n', ' ')).isEqualTo(names);
    }

    private static String completions(Path script, String... words) throws IOException, InterruptedException {
        String program =
                "source \"$0\"; compopt() { :; }; COMP_WORDBREAKS='=:'; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1));"
                        + " COMP_LINE=\"$*\"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9;"
                        + " _bellhop_with_names bellhop \"${@: -1}\" \"${@: -2:1}\"; printf '%s\\n' \"${COMPREPLY[@]}\"";
        List<String> command = new ArrayList<>(List.of("bash", "-c", program, script.toString()));
        command.addAll(List.of(words));
        Process bash = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            bash.getOutputStream().close();
            String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(bash.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return output;
        } finally {
            bash.destroyForcibly();
        }
    }
}
