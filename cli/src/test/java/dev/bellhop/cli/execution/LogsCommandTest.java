// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Reading what a command wrote, later or as it comes. */
@Timeout(120)
@Tag("real")
class LogsCommandTest {

    private static final String TIME = "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-9:]{8}\\.[0-9]{3}Z";

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
    void followingEndsAsTheCommandEnds() {
        String id = begin("echo out; echo err >&2; sleep 0.2; echo more; exit 6");

        Cli.Run run = real.run("logs", "-f", id);

        assertThat(run.exitCode()).isEqualTo(6);
        assertThat(run.out()).isEqualTo("out\nmore\n");
        assertThat(run.err()).isEqualTo("err\n");
    }

    @Test
    void itCanBeReadAgainAndOneStreamAlone() {
        String id = begin("echo out; echo err >&2; exit 6");
        real.run("logs", "-f", id);

        Cli.Run both = real.run("logs", id);
        assertThat(both.exitCode()).isZero();
        assertThat(both.out()).isEqualTo("out\n");
        assertThat(both.err()).isEqualTo("err\n");

        Cli.Run one = real.run("logs", "--stream", "stderr", id);
        assertThat(one.out()).isEmpty();
        assertThat(one.err()).isEqualTo("err\n");

        Cli.Run followed = real.run("logs", "-f", "--stream", "stdout", id);
        assertThat(followed.out()).isEqualTo("out\n");
        assertThat(followed.err()).isEmpty();
    }

    @Test
    void ofARunningCommandItPrintsWhatIsThere(@TempDir Path folder) throws Exception {
        Path go = folder.resolve("go");
        String id = begin("echo first; while [ ! -e " + go + " ]; do sleep 0.05; done; echo last");
        try (BellhopClient client = real.client()) {
            Awaitility.await()
                    .until(() -> Long.valueOf(6)
                            .equals(client.executions().get(id, Duration.ZERO).stdoutBytes()));
        }

        Cli.Run run = real.run("logs", id);
        Files.createFile(go);

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo("first\n");
        assertThat(real.run("logs", "-f", id).out()).isEqualTo("first\nlast\n");
    }

    @Test
    void eachLineMayHaveTheTimeAtWhichItWasRead(@TempDir Path folder) throws Exception {
        Path go = folder.resolve("go");
        String id = begin("printf 'one\\ntw'; while [ ! -e " + go + " ]; do sleep 0.05; done; printf 'o\\n\\nthree'");
        try (BellhopClient client = real.client()) {
            Awaitility.await()
                    .until(() -> Long.valueOf(6)
                            .equals(client.executions().get(id, Duration.ZERO).stdoutBytes()));
        }
        Cli.Run before = real.run("logs", "-t", id);
        assertThat(before.out()).matches(TIME + " one\n" + TIME + " tw");
        Files.createFile(go);
        Cli.Run run = real.run("logs", "-f", "--timestamps", id);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).matches(TIME + " one\n" + TIME + " two\n" + TIME + " \n" + TIME + " three");
        // Of a line that came in parts, that of its beginning.
        assertThat(run.out()).startsWith(before.out());
        assertThat(run.err()).isEmpty();
        assertThat(real.run("logs", "-t", "-n", "1", id).out()).matches(TIME + " three");
        assertThat(real.run("logs", "-t", id).outBytes()).isEqualTo(run.outBytes());

        String last = run.out().substring(run.out().lastIndexOf('\n') + 1).split(" ", -1)[0];
        Cli.Run since = real.run("logs", "--since", last, id);
        assertThat(since.exitCode()).as(since.err()).isZero();
        assertThat(since.out()).isEqualTo("o\n\nthree");
        assertThat(since.err()).isEmpty();
        assertThat(real.run("logs", "-f", "-n", "1", "--since", last, id).out()).isEqualTo("three");
        assertThat(real.run("logs", "-n", "9", "--since", last, id).out()).isEqualTo("o\n\nthree");
    }

    @Test
    void beforeTheTimeThereIsNothing() {
        String id = begin("echo out; echo err >&2; exit 6");
        real.run("wait", id);

        Cli.Run none = real.run("logs", "--since", "2999-01-01T00:00:00Z", id);
        assertThat(none.exitCode()).as(none.err()).isZero();
        assertThat(none.out()).isEmpty();
        assertThat(none.err()).isEmpty();
        assertThat(real.run("logs", "-f", "--since", "2999-01-01T00:00:00Z", id).exitCode())
                .isEqualTo(6);
        assertThat(real.run("logs", "--since", "2020-01-01T00:00:00Z", "--stream", "stderr", id)
                        .err())
                .isEqualTo("err\n");
        assertThat(real.run("logs", "--since", "soon", id).err()).contains("2026-01-31T09:30:00Z");
    }

    @Test
    void largeOutputComesWhole() {
        String id = begin("seq 1 300000");
        Cli.Run followed = real.run("logs", "-f", id);

        assertThat(real.run("logs", id).outBytes()).isEqualTo(followed.outBytes());
        assertThat(followed.out()).endsWith("\n300000\n");
    }

    @Test
    void theLastLinesAreEnoughForSome() {
        String id = begin("seq 1 20000; echo one >&2; printf two >&2; exit 6");
        real.run("wait", id);

        Cli.Run two = real.run("logs", "--tail", "2", id);
        assertThat(two.exitCode()).isZero();
        assertThat(two.out()).isEqualTo("19999\n20000\n");
        assertThat(two.err()).isEqualTo("one\ntwo");
        assertThat(real.run("logs", "-n", "0", id).out()).isEmpty();
        assertThat(real.run("logs", "-n", "15000", id).out())
                .startsWith("5001\n")
                .endsWith("\n20000\n");
        assertThat(real.run("logs", "-n", "99999", id).out()).startsWith("1\n2\n");
        Cli.Run followed = real.run("logs", "-f", "-n", "1", id);
        assertThat(followed.exitCode()).isEqualTo(6);
        assertThat(followed.out()).isEqualTo("20000\n");
        assertThat(followed.err()).isEqualTo("two");
        assertThat(real.run("logs", "-n", "-1", id).exitCode()).isEqualTo(255);
    }

    @Test
    void jsonIsTheExecution() {
        String id = begin("echo out; exit 6");

        Cli.Run run = real.run("logs", "-f", "--output", "json", id);

        assertThat(run.exitCode()).isEqualTo(6);
        assertThat(Json.mapper().readValue(run.outBytes(), ExecutionView.class).exitCode())
                .isEqualTo(6);
    }

    @Test
    void anExecutionThatIsNotThereIs255() {
        for (String id : new String[] {"nothing", "019c1379-5a10-7cc3-8d25-6f1f7f3f2c01"}) {
            Cli.Run run = real.run("logs", id);

            assertThat(run.exitCode()).isEqualTo(255);
            assertThat(run.err()).startsWith("bellhop: Cannot find");
        }
    }
}
