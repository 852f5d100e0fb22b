// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Seeing commands, and ending them. */
@Timeout(120)
@Tag("real")
class PsCommandTest {

    private RealServer real;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        real = RealServer.start(folder);
    }

    @AfterEach
    void stop() {
        real.close();
    }

    private String begin(String... args) {
        Cli.Run started = real.run(args);
        assertThat(started.exitCode()).as(started.err()).isZero();
        return started.out().strip();
    }

    @Test
    void whereNothingRunsItSaysSoAndThatIsNoFailure() {
        Cli.Run run = real.run("ps");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEqualTo("bellhop: No executions run or wait; --all lists those that have ended too\n");
        assertThat(real.run("ps", "--all", "1").err()).isEqualTo("bellhop: No executions\n");
    }

    @Test
    void listsWhatRunsAndWithAllWhatHasEnded() {
        real.run("exec", "1", "--", "exit 3");
        String id = begin("exec", "-d", "1", "--", "sleep", "60");

        List<String> running = real.run("ps").out().lines().toList();
        assertThat(running).hasSize(2);
        assertThat(running.get(0)).matches("ID +VMID +STATE +AGE +COMMAND");
        assertThat(running.get(1)).matches(id + "  1     running  0s   sleep 60");

        List<String> all = real.run("ps", "-a", "1").out().lines().toList();
        assertThat(all).hasSize(3);
        assertThat(all.get(1)).contains(id);
        assertThat(all.get(2)).contains("exited (3)", "exit 3");
        assertThat(real.run("ps", "-a", "2").out()).isEmpty();
        assertThat(real.run("ps", "-q").out()).isEqualTo(id + "\n");
    }

    @Test
    void aListCanBeNarrowedDownAndCutOff() {
        real.run("exec", "--label", "job=a", "1", "--", "true");
        real.run("exec", "--label", "job=b", "1", "--", "true");
        real.run("exec", "--label", "job=b", "1", "--", "kill -9 $$");

        assertThat(real.run("ps", "-a", "--label", "job=b").out().lines()).hasSize(3);
        assertThat(real.run("ps", "--state", "lost,exited").out().lines()).hasSize(4);
        Cli.Run cut = real.run("ps", "-a", "--limit", "2");
        assertThat(cut.out().lines()).hasSize(3);
        assertThat(cut.err()).isEqualTo("bellhop: There are more than these 2; a larger --limit shows them\n");
        assertThat(real.run("ps", "-a", "--limit", "1").err())
                .isEqualTo("bellhop: There are more than this one; a larger --limit shows them\n");
        assertThat(real.run("ps", "--state", "ended").err()).contains("state: pending, running");
    }

    @Test
    void jsonIsTheListAsTheServerHasIt() {
        real.run("exec", "1", "--", "true");

        for (List<String> asked :
                List.of(List.of("--output", "json"), List.of("-o", "json"), List.of("-o=json"), List.of("--json"))) {
            List<String> line = new ArrayList<>(List.of("ps", "-a"));
            line.addAll(asked);
            Cli.Run run = real.run(line.toArray(String[]::new));

            assertThat(Json.mapper()
                            .readTree(run.outBytes())
                            .path("items")
                            .path(0)
                            .path("state")
                            .asString())
                    .as(run.err())
                    .isEqualTo("exited");
        }
    }

    @Test
    void aKeyThatMayOnlyLookDoesNotSeeTheCommand() {
        real.run("exec", "1", "--", "echo secret");
        String key = real.server.makeKey(List.of("read:vm"), null).secret();
        Map<String, String> env = Map.of("BELLHOP_URL", real.server.uri().toString(), "BELLHOP_KEY", key);

        Cli.Run run = Cli.run(env, Cli.TERMINAL, Duration.ofSeconds(30), Duration.ZERO, "ps", "-a");

        assertThat(run.out()).endsWith("  -\n").doesNotContain("secret");
    }

    @Test
    void cancellingWaitsAndTellsHowEachEnded() {
        String first = begin("exec", "-d", "1", "--", "sleep 60");
        String second = begin("exec", "-d", "1", "--", "trap '' TERM; while :; do sleep 0.05; done");
        String ended = begin("exec", "-d", "1", "--", "exit 3");
        real.run("logs", "-f", ended);

        Cli.Run run = real.run("cancel", "--grace", "1s", first, second, ended);

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .isEqualTo("bellhop: " + first + ": cancelled\nbellhop: " + second + ": cancelled\nbellhop: " + ended
                        + ": had ended before: exited (3)\n");
        assertThat(real.run("ps").out()).isEmpty();
    }

    @Test
    void cancellingAnUnknownIdFailsAndTheOthersEnd() {
        String id = begin("exec", "-d", "1", "--", "sleep 60");

        Cli.Run run = real.run("cancel", "--output", "json", "nothing", id);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).startsWith("bellhop: nothing: Cannot find");
        assertThat(Json.mapper()
                        .readTree(run.outBytes())
                        .path("items")
                        .path(0)
                        .path("state")
                        .asString())
                .isEqualTo("cancelled");
    }
}
