// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static dev.bellhop.cli.Processes.exitCode;
import static dev.bellhop.cli.Processes.signal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import java.io.BufferedReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A guest without a supervisor: its agent can do less, and whoever types a command has to hear what. */
@Timeout(120)
@Tag("real")
class PlainGuestTest {

    @TempDir
    @SuppressWarnings("NullAway.Init") // Set by JUnit.
    private Path folder;

    private RealServer real;

    @BeforeEach
    void start() throws Exception {
        real = RealServer.startDirect(folder);
    }

    @AfterEach
    void stop() {
        real.close();
    }

    @Test
    void inputThatHasEndedOutputAndExitCodePassThrough() {
        Cli.Run run = real.run(
                RealServer.pipe("in\n".getBytes(StandardCharsets.UTF_8)),
                "exec",
                "1",
                "--",
                "cat; echo err >&2; exit 3");

        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.out()).isEqualTo("in\n");
        assertThat(run.err()).isEqualTo("err\n");
    }

    @Test
    void inputThatGoesOnIsRefusedWithAWayOut() throws Exception {
        try (PipedOutputStream writer = new PipedOutputStream();
                PipedInputStream input = new PipedInputStream(writer)) {
            Cli.Run run = real.run(RealServer.pipe(input), "exec", "1", "--", "true");

            assertThat(run.exitCode()).isEqualTo(255);
            assertThat(run.err()).contains("/stdinFollows: ", "Give -n");
        }
    }

    @Test
    void ctrlCCannotCancelAndASecondOneStopsTheWaiting() throws Exception {
        Path trace = folder.resolve("trace");
        Process bellhop = real.process(
                List.of("env", "--default-signal=INT"), "exec", "-n", "1", "--", "echo >" + trace + "; exec sleep 60");
        try {
            Awaitility.await().until(() -> Files.exists(trace));
            Awaitility.await().until(() -> real.run("ps").out().contains("running"));
            BufferedReader err = bellhop.errorReader();

            signal(bellhop, "INT");
            List<String> said = List.of(err.readLine(), err.readLine(), err.readLine());
            signal(bellhop, "INT");

            assertThat(String.join("\n", said)).contains("Cancelling", "mode direct", "It is not cancelled");
            assertThat(exitCode(bellhop)).isEqualTo(130);
        } finally {
            bellhop.destroyForcibly();
        }
    }
}
