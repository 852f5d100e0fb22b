// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.query.ExecutionQuery;
import dev.bellhop.api.v2.execution.ExecutionOutput;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What goes to a guest, and what comes back from it. */
@Timeout(120)
@Tag("real")
class ExecCommandTest {

    private static RealServer real;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        real = RealServer.start(folder);
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    @Test
    void passesOnOutputAndExitCode() {
        Cli.Run run = real.run("exec", "1", "--", "echo out; echo err >&2; exit 3");

        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.out()).isEqualTo("out\n");
        assertThat(run.err()).isEqualTo("err\n");
    }

    @Test
    void severalArgumentsReachTheProgramAsTheyAre() {
        List<String> arguments = List.of(
                "",
                " ",
                "a  b",
                "it's",
                "''",
                "\"",
                "\\",
                "\\n",
                "$HOME",
                "$(id)",
                "`id`",
                "*",
                "~",
                "a;b",
                "&",
                "#c",
                "!",
                "=",
                "%1",
                "-n",
                "--",
                "--output",
                "-h",
                "@file",
                "line\nbreak",
                "\t",
                "gr\u00fc\u00dfe",
                "\ud83d\ude00");
        String[] line = new String[5 + arguments.size()];
        List.of("exec", "1", "--", "printf", "%s|").toArray(line);
        System.arraycopy(arguments.toArray(), 0, line, 5, arguments.size());

        assertThat(real.run(line).out()).isEqualTo(String.join("|", arguments) + "|");
    }

    @Test
    void wordsAfterTheFirstAreTheGuestsWithoutDashesToo() {
        assertThat(real.run("exec", "1", "ls", "-d", "/").out()).isEqualTo("/\n");
        assertThat(real.run("exec", "1", "printf", "%s|", "-d", "-n", "-i", "-h", "--timeout", "5", "--", "x")
                        .out())
                .isEqualTo("-d|-n|-i|-h|--timeout|5|--|x|");
        assertThat(real.run("exec", "1", "-e", "A=b", "printenv", "A").out()).isEqualTo("b\n");
    }

    @Test
    void severalArgumentsAreNoShellText() {
        Cli.Run run = real.run("exec", "1", "--", "if", "true");

        assertThat(run.exitCode()).isEqualTo(127);
    }

    @Test
    void optionsMayStandBeforeTheCommandAndAfterIt() {
        String url = real.env.get("BELLHOP_URL") + "/";
        Map<String, String> env = Map.of("BELLHOP_URL", "http://127.0.0.1:1", "BELLHOP_KEY", "wrong");

        Cli.Run run = Cli.run(
                env,
                Cli.TERMINAL,
                Duration.ofSeconds(30),
                Duration.ZERO,
                "--url",
                url,
                "exec",
                "1",
                "--key=" + real.env.get("BELLHOP_KEY"),
                "--",
                "echo",
                "x");

        assertThat(run.out()).isEqualTo("x\n");
    }

    @Test
    void bytesThatAreNoTextComeAsTheyAre(@TempDir Path folder) throws Exception {
        byte[] bytes = new byte[300_000];
        new Random(1).nextBytes(bytes);
        Path file = Files.write(folder.resolve("bytes"), bytes);

        Cli.Run run = real.run("exec", "1", "--", "cat", file.toString());

        assertThat(run.outBytes()).isEqualTo(bytes);
        assertThat(run.err()).isEmpty();
    }

    @Test
    void theCommandRunsAsAskedFor(@TempDir Path folder) throws Exception {
        real.env.put("PASSWORD", "a b'c");
        Path where = folder.toRealPath();

        Cli.Run run = real.run(
                "exec",
                "--cwd",
                where.toString(),
                "-e",
                "A=1=2",
                "--env",
                "PASSWORD",
                "--shell",
                "bash",
                "1",
                "--",
                "pwd; echo $A; echo \"$PASSWORD\"; echo ${BASH_VERSION:+bash}");

        assertThat(run.err()).isEmpty();
        assertThat(run.out()).isEqualTo(where + "\n1=2\na b'c\nbash\n");
    }

    @Test
    void aCommandThatTakesTooLongIsExitCode124() {
        Cli.Run run = real.run("exec", "--timeout", "1s", "1", "--", "echo before; sleep 60");

        assertThat(run.exitCode()).isEqualTo(124);
        assertThat(run.out()).isEqualTo("before\n");
        assertThat(run.err()).isEqualTo("bellhop: The command was ended because it ran for longer than 1 s\n");
    }

    @Test
    void aSignalGives128AndItsNumber() {
        assertThat(real.run("exec", "1", "--", "kill -9 $$").exitCode()).isEqualTo(137);
    }

    @Test
    void jsonIsTheExecutionWithItsOutput() {
        Cli.Run run = real.run("exec", "--output", "json", "--label", "job=x y", "1", "--", "echo out; exit 4");

        ExecutionView view = Json.mapper().readValue(run.outBytes(), ExecutionView.class);
        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(view.exitCode()).isEqualTo(4);
        assertThat(view.labels()).isEqualTo(Map.of("job", "x y"));
        assertThat(view.output()).isEqualTo(new ExecutionOutput("utf-8", "out\n", ""));
        assertThat(run.err()).isEmpty();
    }

    @Test
    void detachedItPrintsTheIdAndDoesNotWait() throws Exception {
        Cli.Run run = real.run("exec", "-d", "--label", "job=detached", "1", "--", "sleep 60");

        String id = run.out().strip();
        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEmpty();
        try (BellhopClient client = real.client()) {
            ExecutionQuery query = new ExecutionQuery(1L, List.of("running"), Map.of("job", "detached"), null, null);
            assertThat(client.executions().list(query, null, null).items())
                    .extracting(ExecutionView::id)
                    .containsExactly(id);
            client.executions().cancel(id, 0);
        }
    }

    @Test
    void outputIsPassedOnWhateverItsSize() {
        Cli.Run run = real.run("exec", "1", "--", "seq 1 200000; seq 1 1000 >&2");

        assertThat(new String(run.outBytes(), StandardCharsets.US_ASCII).lines().count())
                .isEqualTo(200_000);
        assertThat(run.err().lines()).hasSize(1000);
    }
}
