// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.execution.engine.ExecutionLimits;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.execution.guest.GuestSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A command that writes more than is kept: who follows it has all of it, and whoever has not is told so. */
@Timeout(120)
@Tag("real")
class UnkeptOutputTest {
    private static final int KEPT = 100_000;
    private static final int LINES = 300_000;

    @TempDir
    private static Path folder;

    private static RealServer real;

    @BeforeAll
    static void start() throws Exception {
        real = RealServer.start(folder, TestServer.in(folder).executions(keeping(true)));
    }

    private static ExecutionSettings keeping(boolean supervise) {
        return new ExecutionSettings(
                new GuestSettings(supervise, folder.resolve("spool").toString(), KEPT), ExecutionLimits.defaults());
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    private static String sequence(int lines) {
        return IntStream.rangeClosed(1, lines).mapToObj(i -> i + "\n").collect(Collectors.joining());
    }

    @Test
    void whoFollowsHasAllOfIt() {
        Cli.Run run = real.run("exec", "1", "--", "seq 1 " + LINES + "; echo last >&2; exit 3");

        assertThat(run.exitCode()).as(run.err()).isEqualTo(3);
        assertThat(run.out()).isEqualTo(sequence(LINES));
        assertThat(run.err()).isEqualTo("last\n");
    }

    @Test
    void alsoOfOneThatWritesOnForAWhile() {
        Cli.Run run =
                real.run("exec", "1", "--", "i=0; while [ $i -lt 20 ]; do seq 1 5000; sleep 0.05; i=$((i+1)); done");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(sequence(5000).repeat(20));
    }

    /** Also where one stands across the end of what is kept. */
    @Test
    void secretsAreMaskedInIt() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "s3cr3t-tok3n");

        Cli.Run run = real.run("exec", "--secret-env", "T=@" + token, "1", "--", "yes \"x$T\" | head -n 20000");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(("x" + "*".repeat(12) + "\n").repeat(20000));
    }

    @Test
    void whatIsReadLaterEndsWithWhatIsKeptAnd125() {
        String id = real.run("exec", "-d", "1", "--", "seq 1 " + LINES).out().strip();
        try (var client = real.client()) {
            client.executions().get(id, Duration.ofSeconds(60));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        int written = sequence(LINES).length();

        for (String[] read : new String[][] {{"logs", id}, {"logs", "-f", id}}) {
            Cli.Run run = real.run(read);
            assertThat(run.exitCode()).isEqualTo(125);
            assertThat(run.out()).isEqualTo(sequence(LINES).substring(0, KEPT));
            assertThat(run.err()).contains("stdout went on after byte " + KEPT + ", to byte " + written);
        }
        assertThat(real.run("logs", "--stream", "stderr", id).exitCode()).isZero();
    }

    /** Its agent hands all of it over at once, so that there is nothing to follow. */
    @Test
    void whereTheAgentAloneLooksAfterItIs125() throws Exception {
        Path other = Files.createDirectory(folder.resolve("direct"));
        try (RealServer direct = RealServer.start(other, TestServer.in(other).executions(keeping(false)))) {
            Cli.Run run = direct.run("exec", "-n", "1", "--", "seq 1 " + LINES);

            assertThat(run.exitCode()).as(run.err()).isEqualTo(125);
            assertThat(run.out()).hasSize(KEPT);
            assertThat(run.err()).contains("Output is missing").contains("The exit code would be 0");
        }
    }
}
