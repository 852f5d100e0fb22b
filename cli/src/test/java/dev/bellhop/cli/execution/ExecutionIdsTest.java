// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Executions by the beginnings of their ids and by @last, and the commands that take them. */
@Timeout(120)
@Tag("real")
class ExecutionIdsTest {

    private static RealServer real;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        real = RealServer.start(folder);
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    private static String begin(String command) {
        Cli.Run started = real.run("exec", "-d", "1", "--", command);
        assertThat(started.exitCode()).as(started.err()).isZero();
        return started.out().strip();
    }

    @Test
    void aBeginningThatIsUniqueIsEnough() {
        String id = begin("echo found");
        real.run("wait", id);

        assertThat(real.run("logs", id.substring(0, 35)).out()).isEqualTo("found\n");
        assertThat(real.run("logs", id).out()).isEqualTo("found\n");
    }

    @Test
    void aBeginningThatSeveralHaveIsRefused() {
        String first = begin("true");
        begin("true");

        Cli.Run run = real.run("cancel", first.substring(0, 4));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("bellhop: Cannot tell which execution " + first.substring(0, 4)
                        + " is because several begin like that");
    }

    @Test
    void aBeginningThatNoneHasIsNotFound() {
        assertThat(real.run("logs", "0000").err()).startsWith("bellhop: Cannot find");
        assertThat(real.run("inspect", "019c1379-5a10").err()).startsWith("bellhop: Cannot find");
    }

    @Test
    void lastIsTheNewestThatTheKeyHasStarted() {
        String id = begin("exit 4");
        String key = real.server.makeKey(List.of("write:vm"), null).secret();
        Map<String, String> env = Map.of("BELLHOP_URL", real.server.uri().toString(), "BELLHOP_KEY", key);

        Cli.Run none = Cli.run(env, Cli.TERMINAL, Duration.ofSeconds(30), Duration.ZERO, "logs", "@last");
        assertThat(none.err()).startsWith("bellhop: Cannot find a last command because this key has started none");
        Cli.run(env, Cli.TERMINAL, Duration.ofSeconds(30), Duration.ZERO, "exec", "1", "--", "true");

        Cli.Run run = real.run("wait", "@last");
        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(Json.mapper()
                        .readValue(real.run("inspect", "@last").outBytes(), ExecutionView.class)
                        .id())
                .isEqualTo(id);
    }

    @Test
    void lastNeedsAKeyThatNamesItself() {
        Map<String, String> env = Map.of("BELLHOP_URL", real.server.uri().toString(), "BELLHOP_KEY", "another-form");

        Cli.Run run = Cli.run(env, Cli.TERMINAL, Duration.ofSeconds(30), Duration.ZERO, "cancel", "@last");

        assertThat(run.err()).startsWith("bellhop: Cannot tell which command was this key's last");
    }

    @Test
    void waitingEndsAsTheCommandEnds() {
        Cli.Run one = real.run("wait", begin("sleep 0.1; echo out; exit 3"));
        assertThat(one.exitCode()).isEqualTo(3);
        assertThat(one.out()).isEmpty();

        String good = begin("true");
        String bad = begin("exit 3");
        Cli.Run both = real.run("wait", good, bad);
        assertThat(both.exitCode()).isEqualTo(1);
        assertThat(both.err()).isEqualTo("bellhop: " + good + ": exited (0)\nbellhop: " + bad + ": exited (3)\n");
        assertThat(real.run("wait", good, good).exitCode()).isZero();
    }

    @Test
    void waitingStopsWhenTheTimeIsUp() {
        String id = begin("sleep 60");

        Cli.Run run = real.run("wait", "--timeout", "0", id);
        assertThat(run.exitCode()).isEqualTo(124);
        assertThat(run.err()).contains("Stopped waiting after 0 s");
        assertThat(real.run("cancel", "--grace", "0", id).exitCode()).isZero();
    }

    @Test
    void aSignalReachesTheCommand() {
        String id = begin("trap 'echo got it; exit 5' USR1; sleep 60 & echo ready; wait");
        Awaitility.await().until(() -> real.run("logs", id).out().equals("ready\n"));

        assertThat(real.run("signal", "sigusr1", id).exitCode()).isZero();

        assertThat(real.run("logs", "-f", id).out()).isEqualTo("ready\ngot it\n");
        Cli.Run late = real.run("signal", "USR1", id);
        assertThat(late.exitCode()).isEqualTo(1);
        assertThat(late.err()).startsWith("bellhop: " + id + ": Cannot ");
    }

    @Test
    void standardInputCanBeSentLater() {
        String id = real.run("exec", "-d", "--stdin-later", "1", "--", "cat; echo over")
                .out()
                .strip();
        byte[] bytes = "later\n".repeat(300_000).getBytes(StandardCharsets.UTF_8);

        Cli.Run sent = real.run(RealServer.pipe(bytes), "stdin", id);
        assertThat(sent.exitCode()).as(sent.err()).isZero();

        Cli.Run logs = real.run("logs", "-f", id);
        assertThat(logs.out()).hasSize(bytes.length + 5).endsWith("later\nover\n");
        Cli.Run again = real.run(RealServer.pipe(bytes), "stdin", id);
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.err()).startsWith("bellhop: Cannot ");
        assertThat(real.run("exec", "--stdin-later", "1", "--", "cat").exitCode())
                .isEqualTo(255);
    }

    @Test
    void theSameIdempotencyKeyStartsOnce() {
        String first = real.run("exec", "-d", "--idempotency-key", "deploy-7", "1", "--", "true")
                .out();

        assertThat(real.run("exec", "-d", "--idempotency-key", "deploy-7", "1", "--", "true")
                        .out())
                .isEqualTo(first);
    }

    @Test
    void aTerminalIsRefusedWithAWayOut() {
        Cli.Run run = real.run("exec", "-it", "1", "--", "sh");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("there is no terminal for a command", "give -i alone");
    }

    @Test
    void aShellWithoutInputIsSaidToEndAtOnce() {
        Cli.Run run = real.run("exec", "1", "--", "sh");

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).startsWith("bellhop: 'sh' gets no input from this terminal, so it ends at once");
        assertThat(real.run("exec", "-n", "1", "--", "sh").err()).isEmpty();
        assertThat(real.run("exec", "1", "--", "sh", "-c", "true").err()).isEmpty();
        assertThat(real.run(RealServer.pipe("echo hi".getBytes(StandardCharsets.UTF_8)), "exec", "1", "--", "sh")
                        .err())
                .isEmpty();
    }
}
