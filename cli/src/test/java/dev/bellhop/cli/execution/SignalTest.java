// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static dev.bellhop.cli.Processes.exitCode;
import static dev.bellhop.cli.Processes.read;
import static dev.bellhop.cli.Processes.signal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.query.ExecutionQuery;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import java.io.BufferedReader;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What Ctrl-C and SIGTERM do to a bellhop that waits, and to the command that it waits for. */
@Timeout(120)
@Tag("real")
class SignalTest {

    /** A JVM leaves SIGINT ignored where it was at its start, as it is in jobs that a script runs in the background. */
    private static final List<String> FOREGROUND = List.of("env", "--default-signal=INT");

    private static final String CANCELLING =
            "bellhop: Cancelling the command; Ctrl-C again ends the waiting for its end";

    private RealServer real;
    private Path folder;

    @SuppressWarnings("NullAway.Init") // Each test starts one.
    private Process bellhop;

    @BeforeEach
    void start(@TempDir Path newFolder) throws Exception {
        folder = newFolder;
        real = RealServer.start(folder);
    }

    @AfterEach
    void stop() {
        bellhop.destroyForcibly();
        real.close();
    }

    @Test
    void ctrlCCancelsTheCommandAndWaitsForItsEnd() throws Exception {
        exec("trap 'echo last words; exit' TERM; sleep 60 & echo go; wait");

        signal(bellhop, "INT");

        assertThat(read(bellhop.getInputStream())).isEqualTo("last words\n");
        assertThat(exitCode(bellhop)).isEqualTo(130);
        // The guest's shell may have something to say of its child, too.
        assertThat(read(bellhop.getErrorStream())).startsWith(CANCELLING).endsWith("bellhop: Cancelled\n");
        assertThat(only().state()).isEqualTo("cancelled");
    }

    @Test
    void aSecondCtrlCSaysThatItIsBeingCancelled() throws Exception {
        Path termed = folder.resolve("termed");
        exec("trap 'touch " + termed + "' TERM; echo go; while :; do sleep 60 & wait; done");
        BufferedReader err = bellhop.errorReader();

        signal(bellhop, "INT");
        assertThat(err.readLine()).isEqualTo(CANCELLING);
        Awaitility.await().until(() -> Files.exists(termed));
        signal(bellhop, "INT");

        assertThat(exitCode(bellhop)).isEqualTo(130);
        // The guest's shell may have something to say of its child, too.
        List<String> said = err.lines()
                .filter(line -> line.startsWith("bellhop: ") || line.startsWith("Follow "))
                .toList();
        // The server has it. Whether bellhop has heard that yet is a matter of moments.
        assertThat(said.getFirst())
                .isIn(
                        "bellhop: Stopped waiting; the command in VM 1 is being cancelled, and killed where it does not end"
                                + " by itself.",
                        "bellhop: Stopped waiting; the server was asked to cancel the command in VM 1, and has not said yet"
                                + " that it does.");
        assertThat(said.subList(1, said.size()))
                .containsExactly("Follow it with: bellhop logs -f --url '" + real.server.uri() + "' " + only().id());
    }

    @Test
    void sigtermEndsTheWaitingAlone() throws Exception {
        exec("echo go; sleep 60");

        signal(bellhop, "TERM");

        assertThat(exitCode(bellhop)).isEqualTo(143);
        assertThat(read(bellhop.getErrorStream()))
                .contains("Stopped waiting; the command in VM 1 runs on", "bellhop logs -f", only().id());
        assertThat(only().state()).isEqualTo("running");
    }

    @Test
    void whatAwaitsApprovalIsNotSaidToRunOn() throws Exception {
        String policy = Files.writeString(folder.resolve("ask.json"), "{\"approval\": true}")
                .toString();
        Cli.Run key = real.run("key", "create", "--name", "n", "--scope", "write:vm", "--policy", policy);
        bellhop = real.process(FOREGROUND, "exec", "-n", "--key", key.out().strip(), "1", "--", "true");
        BufferedReader err = bellhop.errorReader();
        assertThat(err.readLine()).contains("Waiting for approval");

        signal(bellhop, "TERM");

        assertThat(exitCode(bellhop)).isEqualTo(143);
        assertThat(err.lines())
                .first()
                .isEqualTo("bellhop: Stopped waiting; the command in VM 1 awaited approval when it was last heard of.");
        assertThat(only().awaitsApproval()).isTrue();
    }

    @Test
    void ctrlCBeforeAnythingIsSentClaimsNothing() throws Exception {
        bellhop = real.process(FOREGROUND, "exec", "-d", "-i", "1", "--", "cat");
        OutputStream input = bellhop.getOutputStream();
        // More than a pipe holds: once it is written, bellhop reads.
        input.write(new byte[1 << 20]);
        input.flush();

        signal(bellhop, "INT");

        assertThat(exitCode(bellhop)).isEqualTo(130);
        assertThat(read(bellhop.getErrorStream())).isEmpty();
        assertThat(real.run("ps", "--all", "--quiet").out()).isEmpty();
    }

    private void exec(String command) throws Exception {
        bellhop = real.process(
                FOREGROUND, "exec", "-n", "--url", real.server.uri().toString(), "1", "--", command);
        StringBuilder first = new StringBuilder();
        // Byte by byte: a reader's buffer would keep what the test wants to read itself.
        for (int c = bellhop.getInputStream().read();
                c > '\n';
                c = bellhop.getInputStream().read()) {
            first.append((char) c);
        }
        assertThat(first).hasToString("go");
    }

    private ExecutionView only() throws InterruptedException {
        try (BellhopClient client = real.client()) {
            ExecutionQuery all = ExecutionQuery.ofVm(1);
            String id =
                    client.executions().list(all, null, null).items().getFirst().id();
            return client.executions().get(id, Duration.ZERO);
        }
    }
}
