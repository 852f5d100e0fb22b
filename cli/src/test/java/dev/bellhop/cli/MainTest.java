// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.terminal.Terminal;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {

    private static final CommandLine ROOT = Main.commandLine(new CliContext(
            Map.of(), Cli.TERMINAL, new Terminal(new ByteArrayOutputStream(), new ByteArrayOutputStream())));

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    static List<List<String>> commands() {
        List<List<String>> found = new ArrayList<>();
        collect(ROOT, List.of(), found);
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
        CommandLine command = ROOT;
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
}
