// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.terminal.Terminal;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ClientOptionsTest {
    private static ClientOptions parse(String... args) {
        Terminal terminal = new Terminal(new ByteArrayOutputStream(), new ByteArrayOutputStream());
        return CommandLine.populateCommand(
                new ClientOptions(new CliContext(Map.of(), Cli.TERMINAL, terminal), null), args);
    }

    /** They stand in the line that a user may paste into a shell later. */
    @Test
    void theServerIsReachedAgainByTheSameOptions() {
        assertThat(parse().serverOptions()).isEmpty();
        assertThat(parse("--url", "https://a", "--ca", "/it's.pem").serverOptions())
                .isEqualTo(" --url 'https://a' --ca '/it'\\''s.pem'");
    }
}
