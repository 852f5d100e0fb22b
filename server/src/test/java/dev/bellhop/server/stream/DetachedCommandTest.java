// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import static dev.bellhop.server.stream.ScriptGuest.soon;
import static dev.bellhop.server.stream.ScriptGuest.text;
import static dev.bellhop.server.stream.ScriptGuest.type;
import static dev.bellhop.server.stream.ScriptGuest.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Commands that live on without their stream, and are as if the agent had started them. */
@Timeout(60)
@Tag("real")
class DetachedCommandTest {
    /** All that a process has from the one that started it. */
    private static final String INHERITED = "env | grep -v '^_=' | sort; pwd; umask; ulimit -a; cat /proc/self/cgroup;"
            + " grep -E '^(Sig[PBIC]|Shd|Cap|NoNewPrivs|Cpus_allowed|Umask)' /proc/self/status; cat /proc/self/oom_score_adj;"
            + " readlink /proc/self/fd/0; ls /proc/self/fd | grep -c .;"
            + " read -r a b c d e f x </proc/self/stat; [ $e = $$ ] && [ $f = $$ ] && echo leads";

    @TempDir
    private Path folder;

    private static GuestCommand shell(String script, boolean hasInput) {
        return GuestCommand.of("/bin/sh", "-c", script).detached(hasInput, 1 << 16);
    }

    @ParameterizedTest
    @EnumSource
    void itInheritsWhatTheAgentsOwnDo(Multiplexer multiplexer) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("setsid", "-w", "/bin/sh", "-c", INHERITED)
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().put("PATH", ScriptGuest.PATH);
        Process own = builder.start();
        String wanted = new String(own.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try (ScriptGuest guest = ScriptGuest.start(multiplexer, folder);
                GuestProcess process = guest.stream().exec(shell(INHERITED, false), soon())) {
            assertThat(text(process.stdout())).isEqualTo(wanted).endsWith("leads\n");
        }
    }

    @ParameterizedTest
    @EnumSource
    void itReadsInputWhereItHasSome(Multiplexer multiplexer) throws Exception {
        try (ScriptGuest guest = ScriptGuest.start(multiplexer, folder);
                GuestProcess process = guest.stream().exec(shell("cat; echo end >&2; exit 3", true), soon())) {
            type(process.stdin(), "some\n");
            process.stdin().end();
            assertThat(text(process.stdout())).isEqualTo("some\n");
            assertThat(text(process.stderr())).isEqualTo("end\n");
            assertThat(process.awaitEnd(soon()).orElseThrow()).isEqualTo(new ProcessEnd(3, null));
        }
    }

    /** Says what it hears until it may end. */
    private String listening(Path heard, Path go) {
        return "trap 'echo hup >>" + heard + "' HUP; trap 'echo cont >>" + heard + "' CONT; echo ready; while [ -d "
                + folder + " ] && [ ! -e " + go + " ]; do sleep 0.02; done; echo ended >>" + heard;
    }

    @ParameterizedTest
    @EnumSource
    void closingItLeavesItAlone(Multiplexer multiplexer) throws Exception {
        Path heard = folder.resolve("heard");
        Path go = folder.resolve("go");
        try (ScriptGuest guest = ScriptGuest.start(multiplexer, folder)) {
            GuestProcess process = guest.stream().exec(shell(listening(heard, go), true), soon());
            until(process.stdout(), "ready\n");
            process.close();
            // The guest has done what it was told when it answers what came after.
            assertThat(guest.stream().answers(soon())).isTrue();
            Files.createFile(go);
            await().until(() -> Files.exists(heard) && Files.readString(heard).endsWith("ended\n"));
            assertThat(Files.readAllLines(heard)).isEqualTo(List.of("ended"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void theEndOfTheStreamLeavesItAlone(Multiplexer multiplexer) throws Exception {
        Path heard = folder.resolve("heard");
        Path go = folder.resolve("go");
        Path other = folder.resolve("other");
        ScriptGuest guest = ScriptGuest.start(multiplexer, folder);
        GuestProcess process = guest.stream().exec(shell(listening(heard, go), true), soon());
        until(process.stdout(), "ready\n");
        GuestProcess usual = guest.stream()
                .exec(
                        GuestCommand.of(
                                "sh", "-c", "trap 'echo hup >" + other + "; exit' HUP; sleep 60 & echo ready; wait"),
                        soon());
        until(usual.stdout(), "ready\n");
        guest.close();
        await().until(() -> Files.exists(other));
        Files.createFile(go);
        await().until(() -> Files.exists(heard) && Files.readString(heard).endsWith("ended\n"));
        assertThat(Files.readAllLines(heard)).isEqualTo(List.of("ended"));
    }

    @ParameterizedTest
    @EnumSource
    void aGuestThatStandsStillDoesNotAnswer(Multiplexer multiplexer) throws Exception {
        try (ScriptGuest guest = ScriptGuest.start(multiplexer, folder);
                GuestProcess parent = guest.stream().exec(GuestCommand.of("sh", "-c", "echo $PPID"), soon())) {
            String script = text(parent.stdout()).strip();
            assertThat(guest.stream().answers(soon())).isTrue();
            signal("STOP", script);
            try {
                assertThat(guest.stream().answers(dev.bellhop.qga.Deadline.after(java.time.Duration.ofMillis(200))))
                        .isFalse();
            } finally {
                signal("CONT", script);
            }
            assertThat(guest.stream().answers(soon())).isTrue();
        }
    }

    private static void signal(String name, String pid) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor())
                .isZero();
    }
}
