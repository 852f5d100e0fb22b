// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.Processes;
import dev.bellhop.testkit.Programs;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code bellhop shell} where there is nothing to sit at. */
@Timeout(120)
@Tag("real")
class ShellCommandTest {

    /** In a session of its own, a process has no terminal. */
    @Test
    void withoutATerminalHereNoneIsOpenedThere() throws Exception {
        try (Cli cli = new Cli()) {
            List<String> line = new ArrayList<>(List.of("setsid", "-w"));
            line.addAll(Processes.bellhop("shell", "10000"));
            ProcessBuilder builder = new ProcessBuilder(line).redirectInput(new File("/dev/null"));
            Programs.removeJavaOptions(builder);
            builder.environment().putAll(cli.env);
            Process bellhop = builder.start();

            assertThat(Processes.exitCode(bellhop)).isNotZero();
            assertThat(Processes.read(bellhop.getErrorStream()))
                    .contains("Cannot open a terminal because standard input is none");
            assertThat(cli.server.requests()).isEmpty();
        }
    }
}
