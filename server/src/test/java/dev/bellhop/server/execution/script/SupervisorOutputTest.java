// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.script.ShellGuest.Kind;
import dev.bellhop.server.execution.script.SupervisorReply.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands lose no output, on every shell. */
@Timeout(60)
@ParameterizedClass
@EnumSource(Kind.class)
@Tag("real")
class SupervisorOutputTest {
    private final ShellGuest guest;
    private final Path folder;

    SupervisorOutputTest(Kind kind, @TempDir Path folder) {
        this.folder = folder;
        guest = new ShellGuest(kind, folder);
    }

    @AfterEach
    void end() {
        guest.close();
    }

    /** sshd gives commands pipes for both streams. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "seq 1 3; printf ABCDEFGHIJKL >/dev/stdout; echo; echo end",
                "exec 3>/dev/stdout; echo A >&3; echo B; echo C >&3",
                "exec 3>>/dev/stdout; echo A >&3; echo B; echo C >&3",
                "echo A >&2; echo B >/dev/stderr; echo C >&2",
                "echo A; echo B | tee /dev/stderr; echo C",
                "echo A; echo B >/proc/self/fd/1; echo C >/dev/fd/1",
                "echo A; echo B >/dev/stderr 2>&1; echo C",
                "echo A; dd if=/etc/passwd of=/dev/stdout bs=8 count=1 2>/dev/null; echo B",
                "echo A; cp /etc/passwd /dev/stdout; echo B",
                "echo A; sh -c 'echo B >/dev/stdout; echo C >/dev/stderr'; echo D",
                "[ -p /dev/stdout ] && [ -p /dev/stderr ] && echo pipes",
            })
    void programThatOpensItsOutputByNameWritesAsIntoPipes(String text) throws Exception {
        Process pipes = new ProcessBuilder(guest.shell(), "-c", text).start();
        pipes.getOutputStream().close();
        String stdout = new String(pipes.getInputStream().readAllBytes());
        String stderr = new String(pipes.getErrorStream().readAllBytes());

        Ended ended = guest.run(GuestCommand.shell(text));

        assertThat(stdout + stderr).isNotEmpty();
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo(stdout);
        assertThat(ShellGuest.text(ended.stderr())).isEqualTo(stderr);
        assertThat(ended.end().status().code()).isEqualTo(pipes.waitFor());
    }

    /** Old shells keep here-documents in files, and the guest may have no room for these. Small guests lack programs. */
    private enum Lack {
        PIPES_FROM_HERE_DOCUMENTS {
            @Override
            ExecCommand in(ExecCommand exec) {
                return ShellGuest.replaced(exec, "[ -p \"$_o\" ] && [ -p \"$_e\" ] ||", "false ||");
            }
        },
        HERE_DOCUMENTS {
            @Override
            ExecCommand in(ExecCommand exec) {
                return ShellGuest.replaced(
                        ShellGuest.replaced(exec, "exec 6<<E 7<<E", "exec 6</no/such/file 7<<E"),
                        "\nx\nE\nx\nE\n",
                        "\nx\nE\n");
            }
        },
        FIFOS {
            @Override
            ExecCommand in(ExecCommand exec) {
                return ShellGuest.replaced(PIPES_FROM_HERE_DOCUMENTS.in(exec), "mkfifo", "false");
            }
        },
        CAT {
            @Override
            ExecCommand in(ExecCommand exec) {
                return ShellGuest.replaced(exec, "command -v cat", "command -v /no/such/cat");
            }
        };

        abstract ExecCommand in(ExecCommand exec);
    }

    @ParameterizedTest
    @EnumSource(Lack.class)
    void outputArrivesInAGuestThatLacksSomething(Lack lack) throws Exception {
        ExecutionId id = ShellGuest.newId();
        ExecCommand whole = guest.supervised(id, GuestCommand.shell("echo A; echo B >&2; echo C; exit 3"));
        ExecCommand lacking = lack.in(whole);
        assertThat(lacking.args()).isNotEqualTo(whole.args());

        Ended ended = (Ended) guest.reply(guest.finish(lacking), id);

        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("A\nC\n");
        assertThat(ShellGuest.text(ended.stderr())).isEqualTo("B\n");
        assertThat(ended.end().status().code()).isEqualTo(3);
        assertThat(Path.of(guest.supervisor.spool().path())).isDirectoryNotContaining("glob:**.[12]");
    }

    @Test
    void otherUserOpensItsOutputByName() throws Exception {
        Ended ended = guest.run(TestCommand.shell("echo A; echo B >/dev/stdout; echo C >/dev/stderr")
                .withUser("nobody")
                .get());
        assertThat(ShellGuest.text(ended.stderr())).isEqualTo("C\n");
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("A\nB\n");
        assertThat(Files.getOwner(Path.of("/dev/null")).getName()).isEqualTo("root");
    }

    /** More than a pipe takes, so the copiers have work left when the command ends. */
    @Test
    void lastBytesOfLongOutputArrive() throws Exception {
        ExecutionId id = ShellGuest.newId();
        String text = "head -c 3000000 /dev/zero | tee /dev/stderr; echo end; echo END >&2";
        Ended ended = (Ended) guest.reply(guest.finish(guest.supervised(id, GuestCommand.shell(text))), id);
        assertThat(ended.end().status().code()).isZero();
        assertThat(output(id, OutputStreamName.STDOUT)).hasSize(3000004).endsWith("\0end\n");
        assertThat(output(id, OutputStreamName.STDERR)).hasSize(3000004).endsWith("\0END\n");
    }

    @Test
    void daemonNeitherHoldsUpTheEndNorLosesItsOutput() throws Exception {
        Path go = guest.mark("go");
        Path wrote = guest.mark("wrote");
        ExecutionId id = ShellGuest.newId();
        String text = "(until [ -e " + go + " ]; do sleep 0.01; done; echo late; echo $? >" + wrote + ") & echo now";
        Ended ended = (Ended) guest.reply(guest.finish(guest.supervised(id, GuestCommand.shell(text))), id);
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("now\n");
        Files.createFile(go);
        Awaitility.await().until(() -> output(id, OutputStreamName.STDOUT).equals("now\nlate\n"));
        assertThat(wrote).hasContent("0");
    }

    @ParameterizedTest
    @CsvSource({"setsid cat <&6, 1", "setsid cat <&7, 2"})
    void lostOutputIsNoSuccess(String copier, int stream) throws Exception {
        ExecutionId id = ShellGuest.newId();
        String text = "trap '' PIPE; until ! echo x >&" + stream + "; do :; done; exit 0";
        String input = copier.substring("setsid cat ".length());
        String failing = "(head -c 1 " + input + "; exit 1) " + input;
        Ended ended = (Ended) guest.reply(
                guest.finish(ShellGuest.replaced(guest.supervised(id, GuestCommand.shell(text)), copier, failing)), id);
        assertThat(ended.end().status().code()).isEqualTo(1);
    }

    /** The signals are for the command. If they ended the copiers, the command could not write. */
    @Test
    void commandThatSignalsItsGroupGoesOnToWrite() throws Exception {
        Ended ended = guest.run(
                GuestCommand.shell("trap 'echo caught' TERM HUP INT USR1; kill -TERM 0; kill -HUP 0; kill -USR1 0;"
                        + " kill -INT 0; echo on"));
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("caught\ncaught\ncaught\ncaught\non\n");
    }

    @Test
    void cancelledCommandKeepsWhatItWrote() throws Exception {
        ExecutionId id = ShellGuest.newId();
        long pid = guest.start(guest.supervised(
                id, GuestCommand.shell("trap 'echo bye; exit 3' TERM; echo on; while :; do sleep 0.01; done")));
        Awaitility.await().until(() -> output(id, OutputStreamName.STDOUT).equals("on\n"));
        assertThat(guest.cancel(id, Duration.ofSeconds(10))).isEqualTo(GroupAction.Outcome.GONE);
        Ended ended = (Ended) guest.reply(guest.await(pid), id);
        assertThat(ended.end().state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("on\nbye\n");
        assertThat(ShellGuest.group(pid)).isEmpty();
    }

    /** It left the group, and a cancel is for the group. */
    @Test
    void daemonWritesOnAfterACancel() throws Exception {
        Path ready = guest.mark("ready");
        Path go = guest.mark("go");
        Path wrote = guest.mark("wrote");
        ExecutionId id = ShellGuest.newId();
        String daemon = ": >" + ready + "; until [ -e " + go + " ]; do sleep 0.01; done; echo late; echo $? >" + wrote;
        long pid = guest.start(guest.supervised(id, GuestCommand.shell("setsid sh -c '" + daemon + "' & sleep 600")));
        Awaitility.await().until(() -> Files.exists(ready));
        assertThat(guest.cancel(id, Duration.ofSeconds(30))).isEqualTo(GroupAction.Outcome.GONE);
        assertThat(ShellGuest.group(pid)).isEmpty();
        Files.createFile(go);
        Awaitility.await().until(() -> output(id, OutputStreamName.STDOUT).equals("late\n"));
        Awaitility.await().untilAsserted(() -> assertThat(wrote).hasContent("0"));
    }

    private String output(ExecutionId id, OutputStreamName stream) throws IOException {
        Path file = Path.of(guest.supervisor.spool().output(id, stream));
        return Files.exists(file) ? Files.readString(file) : "";
    }
}
