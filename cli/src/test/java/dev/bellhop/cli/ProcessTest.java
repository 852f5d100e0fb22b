// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static dev.bellhop.cli.Processes.exitCode;
import static dev.bellhop.cli.Processes.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own can show: pipes, the locale, the exit code. */
@Timeout(120)
@Tag("real")
class ProcessTest {
    private static final String ENDLESS = "while echo y; do sleep 0.1; done";

    private static RealServer real;
    private final List<Process> processes = new ArrayList<>();

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        real = RealServer.start(folder);
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    @AfterEach
    void end() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void theProcessEndsWithTheExitCodeOfTheGuest() throws Exception {
        Process bellhop = start(List.of(), "exec", "1", "--", "echo out; exit 7");
        bellhop.getOutputStream().close();

        assertThat(read(bellhop.getInputStream())).isEqualTo("out\n");
        assertThat(exitCode(bellhop)).isEqualTo(7);
        assertThat(read(bellhop.getErrorStream())).isEmpty();
    }

    @Test
    void outputIsThereBeforeTheCommandHasEnded(@TempDir Path folder) throws Exception {
        Path go = folder.resolve("go");
        Process bellhop = start(
                List.of(), "exec", "1", "--", "echo first; while [ ! -e " + go + " ]; do sleep 0.05; done; echo last");
        var out = bellhop.inputReader();

        assertThat(out.readLine()).isEqualTo("first");
        Files.createFile(go);

        assertThat(out.readLine()).isEqualTo("last");
        assertThat(exitCode(bellhop)).isZero();
    }

    @Test
    void aPipeThatNeverDeliversHoldsNothingUp() throws Exception {
        Process bellhop = start(List.of(), "exec", "1", "--", "echo out");

        assertThat(exitCode(bellhop)).isZero();
        assertThat(read(bellhop.getInputStream())).isEqualTo("out\n");
    }

    @Test
    void linesTypedIntoAPipeArriveAsTheyComeAndItsEndToo() throws Exception {
        Process bellhop = start(List.of(), "exec", "1", "--", "cat; echo over");
        var in = bellhop.outputWriter();
        var out = bellhop.inputReader();

        for (String line : List.of("one", "two")) {
            in.write(line + "\n");
            in.flush();
            assertThat(out.readLine()).isEqualTo(line);
        }
        in.close();

        assertThat(out.readLine()).isEqualTo("over");
        assertThat(exitCode(bellhop)).isZero();
    }

    @Test
    void aFileOfSeveralMegabytesPassesThroughByteForByte(@TempDir Path folder) throws Exception {
        byte[] bytes = new byte[5_000_001];
        new Random(2).nextBytes(bytes);
        Path file = Files.write(folder.resolve("in"), bytes);
        Path copy = folder.resolve("out");

        Process pipeline = start(
                List.of("sh", "-c", "in=$1 out=$2; shift 2; \"$@\" <$in >$out", "sh", file.toString(), copy.toString()),
                "exec",
                "1",
                "--",
                "cat");

        assertThat(exitCode(pipeline)).isZero();
        assertThat(copy).hasBinaryContent(bytes);
    }

    @Test
    void aLoopThatReadsAListKeepsItWithoutStdin() throws Exception {
        Process loop = start(
                List.of("bash", "-c", "printf '1\\n1\\n' | while read vm; do \"$@\"; done", "bash"),
                "exec",
                "-n",
                "1",
                "--",
                "cat; echo done");

        assertThat(read(loop.getInputStream())).isEqualTo("done\ndone\n");
        assertThat(exitCode(loop)).isZero();
    }

    @Test
    void unreadableStdinIsAnErrorBeforeTheStart() throws Exception {
        Process folder = start(List.of("sh", "-c", "\"$@\" </", "sh"), "exec", "1", "--", "true");

        assertThat(exitCode(folder)).isEqualTo(255);
        assertThat(read(folder.getErrorStream())).startsWith("bellhop: Cannot read standard input: ");
    }

    @Test
    void aReaderThatLeavesEndsTheCommandAsInAPipeline() throws Exception {
        Process pipeline = start(
                List.of("bash", "-c", "\"$@\" | head -n 1; echo ${PIPESTATUS[0]}", "bash"),
                "exec",
                "-n",
                "1",
                "--",
                ENDLESS);

        assertThat(read(pipeline.getInputStream())).isEqualTo("y\n141\n");
        assertThat(read(pipeline.getErrorStream())).isEmpty();
    }

    @Test
    void aReaderThatGoesAwayIsNoticedInOtherLanguagesToo(@TempDir Path locales) throws Exception {
        assumeThat(Path.of("/usr/share/locale/de/LC_MESSAGES/libc.mo")).exists(); // As script/test installs it.
        Process german = new ProcessBuilder(
                        "localedef",
                        "-i",
                        "de_DE",
                        "-f",
                        "UTF-8",
                        locales.resolve("de_DE.UTF-8").toString())
                .redirectErrorStream(true)
                .start();
        assertThat(read(german.getInputStream())).isEmpty();
        assertThat(exitCode(german)).isZero();

        Process pipeline = start(
                List.of(
                        "env",
                        "LOCPATH=" + locales,
                        "LC_ALL=de_DE.UTF-8",
                        "bash",
                        "-c",
                        "\"$@\" | head -n 1; echo ${PIPESTATUS[0]}",
                        "bash"),
                "exec",
                "-n",
                "1",
                "--",
                ENDLESS);

        assertThat(read(pipeline.getInputStream())).isEqualTo("y\n141\n");
        assertThat(read(pipeline.getErrorStream())).isEmpty();
    }

    @Test
    void aFullDiskIsAnErrorAndNeverPassesForSuccess() throws Exception {
        Process bellhop = start(List.of("sh", "-c", "\"$@\" >/dev/full", "sh"), "exec", "-n", "1", "--", "echo out");

        assertThat(exitCode(bellhop)).isEqualTo(255);
        assertThat(read(bellhop.getErrorStream())).contains("Cannot write the output", "bellhop logs -f ");
    }

    @Test
    void aTableThatCannotBeWrittenIsAnErrorToo() throws Exception {
        Process bellhop = start(List.of("sh", "-c", "\"$@\" >/dev/full", "sh"), "vm", "list");

        assertThat(exitCode(bellhop)).isEqualTo(1);
        assertThat(read(bellhop.getErrorStream())).startsWith("bellhop: Cannot write to standard output: ");
    }

    @Test
    void aServerThatCannotStartSaysWhy() throws Exception {
        Process bellhop = start(List.of(), "server", "--config", "/nowhere/bellhop.yaml");

        assertThat(exitCode(bellhop)).isEqualTo(1);
        assertThat(read(bellhop.getErrorStream()))
                .startsWith("bellhop: Cannot ")
                .contains("/nowhere/bellhop.yaml")
                .doesNotContain("\tat ");
    }

    @Test
    void argumentsThatTheLocaleCannotExpressAreRefused() throws Exception {
        Process plain =
                real.processOf(List.of("env", "LC_ALL=C"), Processes.java("exec", "-n", "1", "--", "echo", "f\u00fcr"));
        processes.add(plain);
        int exitCode = exitCode(plain);

        // Some JVMs decode UTF-8 in this locale too: then it must have arrived as it was typed.
        if (exitCode == 0) {
            assertThat(read(plain.getInputStream())).isEqualTo("f\u00fcr\n");
        } else {
            assertThat(read(plain.getErrorStream())).contains("LC_ALL=C.UTF-8");
        }
    }

    private Process start(List<String> prefix, String... arguments) throws IOException {
        Process process = real.process(prefix, arguments);
        processes.add(process);
        return process;
    }
}
