// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.terminal.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** docs/reference/cli.md has the help of every command below a mark, and hand-written topics above it. */
class ReferenceTest {
    private static final Path PAGE = Path.of("..", "docs", "reference", "cli.md");
    private static final String MARK =
            "<!-- script/reference writes the rest of this page from the help of the commands. -->\n";

    /** {@code script/reference} writes the page instead. */
    @Test
    void pageHasTheHelpOfEveryCommand() throws IOException {
        Terminal nowhere = new Terminal(new ByteArrayOutputStream(), new ByteArrayOutputStream());
        String commands = CliReference.of(Main.commandLine(new CliContext(Map.of(), Cli.TERMINAL, nowhere)));
        String page = Files.readString(PAGE);
        String topics = page.substring(0, page.indexOf(MARK) + MARK.length());
        if (Boolean.getBoolean("bellhop.reference.rewrite")) {
            Files.writeString(PAGE, topics + commands);
        }

        assertThat(Files.readString(PAGE)).isEqualTo(topics + commands);
    }
}
