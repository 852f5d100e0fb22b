// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.terminal.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** docs/reference/cli.md must not fall behind the command. */
class ReferenceTest {

    @Test
    void everyCommandHasASectionAndEveryOptionIsExplained() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "reference", "cli.md"));
        Terminal nowhere = new Terminal(new ByteArrayOutputStream(), new ByteArrayOutputStream());
        List<CommandLine> leaves = new ArrayList<>();
        collectLeaves(Main.commandLine(new CliContext(Map.of(), Cli.TERMINAL, nowhere)), leaves);

        assertThat(leaves).hasSize(99).allSatisfy(command -> {
            assertThat(page).contains("## " + command.getCommandSpec().qualifiedName());
            assertThat(command.getCommandSpec().options())
                    .allSatisfy(option -> assertThat(page).contains("`" + option.longestName()));
        });
    }

    private static void collectLeaves(CommandLine command, List<CommandLine> leaves) {
        if (command.getSubcommands().isEmpty()) {
            leaves.add(command);
        }
        command.getSubcommands().values().forEach(sub -> collectLeaves(sub, leaves));
    }
}
