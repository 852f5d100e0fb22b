// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.vm;

import static dev.bellhop.e2e.support.TestBed.VMID;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.testkit.Checkout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./bellhop exec} and related commands, as a person types them, against a real VM. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("vm")
class ExecCommandTest {
    private Path folder;
    private TestBed bed;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        this.folder = folder;
        bed = TestBed.start(folder);
    }

    @AfterAll
    void stop() throws Exception {
        if (bed != null) {
            bed.close();
        }
    }

    @Test
    void stdoutStderrAndTheExitCodePassThrough() throws Exception {
        Checkout.Ended ended = bellhop("exec", vmid(), "--", "echo out; echo err >&2; exit 3");

        assertThat(ended).isEqualTo(new Checkout.Ended(3, "out\n", "err\n"));
    }

    @Test
    void argumentsReachTheProgramAsTheyWereTyped() throws Exception {
        Checkout.Ended ended = bellhop("exec", vmid(), "--", "printf", "%s|", "a b", "$HOME", "it's", "🛎️");

        assertThat(ended).isEqualTo(new Checkout.Ended(0, "a b|$HOME|it's|🛎️|", ""));
    }

    @Test
    void textIsUtf8WhateverTheLocale() throws Exception {
        Checkout.Ended ended = bellhop(Map.of("LC_ALL", "C"), "exec", vmid(), "--", "printf", "%s", "naïve 日本語");

        assertThat(ended).isEqualTo(new Checkout.Ended(0, "naïve 日本語", ""));
    }

    @Test
    void aCommandKilledByASignalExitsWith128PlusTheSignal() throws Exception {
        assertThat(bellhop("exec", vmid(), "--", "kill -TERM $$").exitCode()).isEqualTo(143);
    }

    @Test
    void whereBellhopItselfFailsItExitsWith255AndSaysWhy() throws Exception {
        Checkout.Ended ended = bellhop("exec", "4711", "--", "true");

        assertThat(ended.exitCode()).isEqualTo(255);
        assertThat(ended.stdout()).isEmpty();
        assertThat(ended.stderr()).contains("Cannot", "4711");
    }

    @Test
    void inputOfAnySizePassesThrough() throws Exception {
        List<String> pipeline = List.of("sh", "-c", "seq 1 200000 | ./bellhop exec 10000 -- 'tail -n 1; echo end'");

        assertThat(run(Map.of(), pipeline)).isEqualTo(new Checkout.Ended(0, "200000\nend\n", ""));
    }

    @Test
    void aCommandThatTakesTooLongIsEnded() throws Exception {
        assertThat(bellhop("exec", "--timeout", "1s", vmid(), "--", "sleep 60").exitCode())
                .isEqualTo(124);
    }

    @Test
    void aDetachedCommandIsListedFollowedAndCancelled() throws Exception {
        String id = bellhop("exec", "-d", vmid(), "--", "echo out; sleep 300")
                .stdout()
                .strip();

        assertThat(bellhop("ps", vmid()).stdout()).contains(id, "running", "echo out; sleep 300");
        assertThat(bellhop("cancel", id).stderr()).isEqualTo("bellhop: " + id + ": cancelled\n");
        assertThat(bellhop("logs", "-f", id))
                .isEqualTo(new Checkout.Ended(255, "out\n", "bellhop: The command was cancelled\n"));
        assertThat(bellhop("ps", vmid()).stdout()).isEmpty();
    }

    @Test
    void restartsAndKillsNeitherLoseNorRepeatBytes() throws Exception {
        var builder = new ProcessBuilder("./bellhop", "exec", vmid(), "--", """
                i=0; while [ $i -lt 50 ]; do echo $i; i=$((i + 1)); sleep 0.1; done; cat""").directory(Checkout.ROOT.toFile());
        builder.environment().putAll(environment());
        Process bellhop = builder.start();
        try (var out = bellhop.inputReader()) {
            assertThat(out.readLine()).isEqualTo("0");
            try (var in = bellhop.outputWriter()) {
                in.write("before\n");
                in.flush();
                bed.server().restart();
                assertThat(out.readLine()).isEqualTo("1");
                bed.server().killAndRestart();
                in.write("after\n");
            }

            List<String> expected = new ArrayList<>();
            IntStream.range(2, 50).mapToObj(Integer::toString).forEach(expected::add);
            expected.addAll(List.of("before", "after"));
            assertThat(out.lines().toList()).isEqualTo(expected);
            assertThat(bellhop.waitFor()).isZero();
        } finally {
            bellhop.destroyForcibly();
        }
    }

    @Test
    void inputThatIsClosedIsNone() throws Exception {
        assertThat(run(Map.of(), List.of("sh", "-c", "./bellhop exec 10000 -- 'cat; echo end' <&-")))
                .isEqualTo(new Checkout.Ended(0, "end\n", ""));
    }

    @Test
    void theVmIsListed() throws Exception {
        Checkout.Ended ended = bellhop("vm", "list");

        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        assertThat(ended.stdout()).contains(vmid());
    }

    private static String vmid() {
        return Integer.toString(VMID);
    }

    private Checkout.Ended bellhop(String... arguments) throws Exception {
        return bellhop(Map.of(), arguments);
    }

    private Checkout.Ended bellhop(Map<String, String> more, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("./bellhop"));
        command.addAll(List.of(arguments));
        return run(more, command);
    }

    private Checkout.Ended run(Map<String, String> more, List<String> command) throws Exception {
        Map<String, String> environment = new HashMap<>(more);
        environment.putAll(environment());
        return Checkout.run(folder, environment, command);
    }

    private Map<String, String> environment() throws Exception {
        E2eServer server = bed.server();
        return Map.of("BELLHOP_URL", server.url().toString(), "BELLHOP_KEY", server.adminKey());
    }
}
