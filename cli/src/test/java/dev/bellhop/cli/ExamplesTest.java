// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.terminal.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Each call of bellhop that a help page or a page of docs/ shows is one that bellhop understands. */
@Tag("real")
class ExamplesTest {
    private static final Pattern BLOCK =
            Pattern.compile("^ *```(sh|console)\n(.*?)^ *```$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern FED_IN =
            Pattern.compile("(<<'?END'?)(.*?)\n.*?^ *END$", Pattern.MULTILINE | Pattern.DOTALL);

    /** Made once, because that takes a hundred times as long as parsing. Each parsing resets it. */
    private static final CommandLine ROOT = root();

    private static CommandLine root() {
        Terminal nowhere = new Terminal(new ByteArrayOutputStream(), new ByteArrayOutputStream());
        return Main.commandLine(new CliContext(Map.of(), Cli.TERMINAL, nowhere));
    }

    static Stream<CommandLine> commands() {
        return withSubcommands(ROOT).filter(command -> command.getSubcommands().isEmpty());
    }

    private static Stream<CommandLine> withSubcommands(CommandLine command) {
        return Stream.concat(
                Stream.of(command), command.getSubcommands().values().stream().flatMap(ExamplesTest::withSubcommands));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void anExampleOfAHelpPageCallsThatCommand(CommandLine command) {
        String example = Arrays.stream(command.getCommandSpec().usageMessage().footer())
                .filter(line -> line.startsWith("  "))
                .collect(Collectors.joining("\n"));
        List<List<String>> calls = ShellExamples.calls(example.replace("%%", "%"));

        assertThat(calls).allSatisfy(ExamplesTest::isUnderstood);
        if (!example.isEmpty()) {
            assertThat(calls.stream().map(call -> ROOT.parseArgs(words(call))))
                    .anySatisfy(parsed -> assertThat(parsed.asCommandLineList()
                                    .getLast()
                                    .getCommandSpec()
                                    .qualifiedName())
                            .isEqualTo(command.getCommandSpec().qualifiedName()));
        }
    }

    static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(Path.of("..", "README.md"), Path.of("..", "SECURITY.md")));
        try (Stream<Path> files = Files.walk(Path.of("..", "docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
        }
        return pages;
    }

    @ParameterizedTest
    @MethodSource("pages")
    void theExamplesOfAPageAreUnderstood(Path page) throws IOException {
        String text = Files.readString(page);
        BLOCK.matcher(text).results().forEach(block -> {
            String lines = FED_IN.matcher(block.group(2)).replaceAll("$2");
            String typed = block.group(1).equals("sh")
                    ? lines
                    : lines.lines()
                            .filter(line -> line.startsWith("$ "))
                            .map(line -> line.substring(2))
                            .collect(Collectors.joining("\n"));

            assertThat(ShellExamples.calls(typed)).allSatisfy(ExamplesTest::isUnderstood);
        });
    }

    @Test
    void callsAreFoundInPipesLoopsAndSubstitutions() {
        assertThat(ShellExamples.calls("""
                        # bellhop is not called here
                        systemctl restart bellhop
                        id=$(bellhop exec -d 10000 -- 'a "b" | c') && bellhop logs -f $id   # bellhop
                        while read vm; do bellhop ps -q "$vm" 2>/dev/null; done < vms
                        tar c . | KEY=x bellhop exec "1$(bellhop version)" \\
                          --cwd /srv -- tar x > out
                        runuser -u bellhop -- bellhop vm list
                        """))
                .containsExactly(
                        List.of("exec", "-d", "10000", "--", "a \"b\" | c"),
                        List.of("logs", "-f", "10000"),
                        List.of("ps", "-q", "10000"),
                        List.of("version"),
                        List.of("exec", "110000", "--cwd", "/srv", "--", "tar", "x"),
                        List.of("vm", "list"));
    }

    private static void isUnderstood(List<String> call) {
        assertThatCode(() -> ROOT.parseArgs(words(call))).as("bellhop %s", call).doesNotThrowAnyException();
    }

    /** With what the reader puts in. */
    private static String[] words(List<String> call) {
        List<String> words = new ArrayList<>(call);
        words.replaceAll(word -> word.equals("VMID") ? ShellExamples.PUT_IN : word);
        int head = words.indexOf("--head") + 1;
        if (head > 0 && words.get(head).equals(ShellExamples.PUT_IN)) {
            words.set(head, "0".repeat(64));
        }
        return words.toArray(String[]::new);
    }
}
