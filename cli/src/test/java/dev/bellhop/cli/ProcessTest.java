// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer;
import dev.bellhop.api.v1.ExecResult;
import dev.bellhop.api.v1.ExecStarted;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.VmSummary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What only a process of its own can show: signals, pipes, the locale, the exit code. */
class ProcessTest {

    private static final String EXEC = "/api/vm/10000/agent/exec";

    private final StubServer server = new StubServer()
            .on("POST", EXEC, StubAnswer.v1(new ExecStarted(true, "true", ExecStarted.MESSAGE, 7, "e1")));
    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void close() {
        processes.forEach(Process::destroyForcibly);
        server.close();
    }

    @Test
    void theProcessEndsWithTheExitCodeOfTheGuest() throws IOException, InterruptedException {
        server.on("GET", EXEC, StubAnswer.v1(ended(7, "out")));

        Process bellhop = start(bellhop("exec", "10000", "--", "true"));

        assertThat(read(bellhop.getInputStream())).isEqualTo("out");
        assertThat(exitCode(bellhop)).isEqualTo(7);
    }

    @Test
    void ctrlCEndsTheWaitingAndSaysHowToReadTheResult() throws IOException, InterruptedException {
        CountDownLatch waits = new CountDownLatch(2);
        server.on("GET", EXEC, request -> {
            waits.countDown();
            return StubAnswer.v1(running());
        });
        // A JVM leaves SIGINT ignored where it was when it started, as it is in jobs that a script runs in the
        // background.
        Process bellhop = start(
                List.of("env", "--default-signal=INT"),
                bellhop("exec", "--url", server.url().toString(), "10000", "--", "x"));
        assertThat(waits.await(60, TimeUnit.SECONDS)).isTrue();

        assertThat(start(List.of("sh", "-c", "kill -INT " + bellhop.pid())).waitFor())
                .isZero();

        assertThat(exitCode(bellhop)).isEqualTo(130);
        assertThat(read(bellhop.getErrorStream()))
                .isEqualTo("bellhop: Stopped waiting; the command runs on in VM 10000 with pid 7.\n"
                        + "Read its result with: bellhop result --url " + server.url() + " 10000 7\n");
    }

    @Test
    void ctrlCBeforeTheStartIsAnsweredSaysThatItIsNotKnown() throws IOException, InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        server.on("POST", EXEC, request -> {
            asked.countDown();
            awaitQuietly(over);
            return StubAnswer.foreign(200, "text/plain", "");
        });
        Process bellhop = start(List.of("env", "--default-signal=INT"), bellhop("exec", "10000", "--", "true"));
        assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();

        assertThat(start(List.of("sh", "-c", "kill -INT " + bellhop.pid())).waitFor())
                .isZero();

        assertThat(exitCode(bellhop)).isEqualTo(130);
        assertThat(read(bellhop.getErrorStream())).contains("whether the command was started cannot be told");
        over.countDown();
    }

    @Test
    void aReaderThatGoesAwayEarlyIsNoError() throws IOException, InterruptedException {
        server.on("GET", EXEC, StubAnswer.v1(ended(0, "line\n".repeat(200_000))));
        List<String> line = new ArrayList<>(List.of("bash", "-c", "\"$@\" | head -n 1; echo ${PIPESTATUS[0]}", "bash"));

        Process pipeline = start(line, bellhop("exec", "10000", "--", "true"));

        assertThat(read(pipeline.getInputStream())).isEqualTo("line\n0\n");
        assertThat(read(pipeline.getErrorStream())).isEmpty();
    }

    @Test
    void aFullDiskIsAnErrorAndNeverPassesForSuccess() throws IOException, InterruptedException {
        server.on("GET", EXEC, StubAnswer.v1(ended(0, "out")));
        List<String> line = new ArrayList<>(List.of("sh", "-c", "\"$@\" >/dev/full", "sh"));

        Process bellhop = start(line, bellhop("exec", "10000", "--", "true"));

        assertThat(exitCode(bellhop)).isEqualTo(255);
        assertThat(read(bellhop.getErrorStream())).contains("Cannot write the output", "bellhop result 10000 7");
    }

    @Test
    void aTableThatCannotBeWrittenIsAnErrorToo() throws IOException, InterruptedException {
        server.on("GET", "/api/v2/vps", StubAnswer.json(200, new Page<>(List.of(new VmSummary(1, "running")), null)));
        List<String> line = new ArrayList<>(List.of("sh", "-c", "\"$@\" >/dev/full", "sh"));

        Process bellhop = start(line, bellhop("vm", "list"));

        assertThat(exitCode(bellhop)).isEqualTo(1);
        assertThat(read(bellhop.getErrorStream())).startsWith("bellhop: Cannot write to standard output: ");
    }

    @Test
    void aServerThatCannotStartSaysWhy() throws IOException, InterruptedException {
        Process bellhop = start(bellhop("server", "--config", "/nowhere/bellhop.yaml"));

        assertThat(exitCode(bellhop)).isEqualTo(1);
        assertThat(read(bellhop.getErrorStream()))
                .startsWith("bellhop: Cannot ")
                .contains("/nowhere/bellhop.yaml")
                .doesNotContain("\tat ");
    }

    @Test
    void argumentsThatTheLocaleCannotExpressAreNotRunAsSomethingElse() throws IOException, InterruptedException {
        server.on("GET", EXEC, StubAnswer.v1(ended(0, "")));

        Process plain = start(List.of("env", "LC_ALL=C"), bellhop("exec", "10000", "--", "echo", "f\u00fcr"));
        int exitCode = exitCode(plain);

        // Some JVMs decode UTF-8 in this locale too: then it must have arrived as it was typed.
        if (exitCode == 0) {
            assertThat(server.requests().getFirst().body()).contains("f\u00fcr");
        } else {
            assertThat(read(plain.getErrorStream())).contains("LC_ALL=C.UTF-8");
            assertThat(server.requests()).isEmpty();
        }
    }

    private static List<String> bellhop(String... arguments) {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        line.addAll(List.of(arguments));
        return line;
    }

    private Process start(List<String> command) throws IOException {
        return start(command, List.of());
    }

    private Process start(List<String> prefix, List<String> command) throws IOException {
        List<String> line = new ArrayList<>(prefix);
        line.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(line);
        builder.environment().put("BELLHOP_URL", server.url().toString());
        builder.environment().put("BELLHOP_KEY", Cli.KEY);
        Process process = builder.start();
        processes.add(process);
        process.getOutputStream().close();
        return process;
    }

    private static int exitCode(Process process) throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private static String read(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ExecResult running() {
        return new ExecResult(true, 7L, false, null, null, "", "", "e1", "running", null, null, Cli.NOW, null);
    }

    private static ExecResult ended(int exitcode, String stdout) {
        return new ExecResult(true, 7L, true, exitcode, null, stdout, "", "e1", "exited", null, null, Cli.NOW, Cli.NOW);
    }
}
