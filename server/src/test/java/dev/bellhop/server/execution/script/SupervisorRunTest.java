// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.script.ShellGuest.Kind;
import dev.bellhop.server.execution.script.SupervisorReply.Ended;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
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

/** Commands as their callers see them, on every shell. */
@Timeout(60)
@ParameterizedClass
@EnumSource(Kind.class)
@Tag("real")
class SupervisorRunTest {
    private final ShellGuest guest;

    SupervisorRunTest(Kind kind, @TempDir Path folder) {
        guest = new ShellGuest(kind, folder);
    }

    @AfterEach
    void end() {
        guest.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            true                                              | 0   |                  |
            false                                             | 1   |                  |
            exit 42                                           | 42  |                  |
            echo hi                                           | 0   | hi\\n            |
            echo hi; echo oops >&2; exit 3                    | 3   | hi\\n            | oops\\n
            printf no-line-feed                               | 0   | no-line-feed     |
            printf no-line-feed >&2                           | 0   |                  | no-line-feed
            set -e; false; echo not reached                   | 1   |                  |
            exec sh -c 'exit 7'                               | 7   |                  |
            cd /usr && pwd                                    | 0   | /usr\\n          |
            trap 'echo bye' EXIT; true                        | 0   | bye\\n           |
            trap 'echo bye' EXIT; exit 5                      | 5   | bye\\n           |
            trap 'echo term' TERM; kill -TERM $$; echo on     | 0   | term\\non\\n     |
            kill -9 $$                                        | 137 |                  |
            kill -TERM $$                                     | 143 |                  |
            kill 0                                            | 143 |                  |
            echo "$#" "$*"                                    | 0   | 0 \\n            |
            echo "${_s-}${_i-}${_b-}${_w-}${_r-}${_k-}"       | 0   | \\n              |
            case $- in *C*) echo noclobber;; esac             | 0   |                  |
            umask                                             | 0   | 0022\\n         |
            cat                                               | 0   |                  |
            (echo late) & wait; echo done                     | 0   | late\\ndone\\n   |
            echo "$HOME"                                      | 0   | /root\\n         |
            """)
    void aTextRunsAsInAShellOfItsOwn(String text, int code, @Nullable String stdout, @Nullable String stderr)
            throws Exception {
        Ended ended = guest.run(GuestCommand.shell(text));
        assertThat(ended.end().state()).isEqualTo(ExecutionState.EXITED);
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo(unescape(stdout));
        assertThat(ShellGuest.text(ended.stderr())).isEqualTo(unescape(stderr));
        assertThat(ended.end().status().code()).isEqualTo(code);
    }

    @Test
    void aSyntaxErrorIsTheCommandsOwn() throws Exception {
        Ended ended = guest.run(GuestCommand.shell("echo before\nif true; then"));
        assertThat(ended.end().status().code()).isPositive();
        assertThat(ShellGuest.text(ended.stderr())).isNotEmpty().contains("yntax");
    }

    @Test
    void everyByteComesBackOnBothStreams() throws Exception {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        Ended out = guest.run(TestCommand.shell("cat").withStdin(bytes).get());
        assertThat(out.stdout().bytes()).isEqualTo(bytes);
        Ended err = guest.run(TestCommand.shell("cat >&2").withStdin(bytes).get());
        assertThat(err.stderr().bytes()).isEqualTo(bytes);
        assertThat(err.stdout().bytes()).isEmpty();
    }

    @Test
    void moreThanTheHeadIsInTheSpool() throws Exception {
        byte[] input = new byte[1 << 20];
        new Random(7).nextBytes(input);
        ExecutionId id = ShellGuest.newId();
        Ended ended = (Ended) guest.reply(
                guest.finish(guest.supervised(
                        id, TestCommand.argv("cat").withStdin(input).get())),
                id);
        assertThat(ended.stdout().whole()).isFalse();
        assertThat(ended.stdout().bytes()).isEqualTo(Arrays.copyOf(input, 64 * 1024));
        assertThat(Path.of(guest.supervisor.spool().output(id, OutputStreamName.STDOUT)))
                .hasBinaryContent(input);
    }

    @Test
    void aHeadOfExactlyItsLimitIsNotSaidToBeAll() throws Exception {
        Ended ended = guest.run(GuestCommand.shell("head -c 65536 /dev/zero >&2"));
        assertThat(ended.stderr().bytes()).hasSize(65536);
        assertThat(ended.stderr().whole()).isFalse();
    }

    @Test
    void theAgentsPidIsTheCommandsGroupAndSession() throws Exception {
        ExecutionId id = ShellGuest.newId();
        long pid = guest.start(guest.supervised(
                id, GuestCommand.shell("read -r _ _ _ _ group session _ </proc/self/stat; echo $group $session")));
        Ended ended = (Ended) guest.reply(guest.await(pid), id);
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo(pid + " " + pid + "\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sleep 600 & echo $!", "(while :; do sleep 600; done) & echo $!"})
    void aBackgroundChildWithTheOutputDoesNotDelayTheEnd(String text) throws Exception {
        ExecutionId id = ShellGuest.newId();
        long pid = guest.start(guest.supervised(id, GuestCommand.shell(text)));
        Ended ended = (Ended) guest.reply(guest.await(pid), id);
        List<Long> left = ShellGuest.group(pid);
        Awaitility.await().until(() -> {
            ShellGuest.group(pid).forEach(p -> ProcessHandle.of(p).ifPresent(ProcessHandle::destroyForcibly));
            return ShellGuest.group(pid).isEmpty();
        });
        assertThat(ended.end().status().code()).isZero();
        assertThat(left).contains(Long.parseLong(ShellGuest.text(ended.stdout()).strip()));
    }

    @Test
    void argumentsArriveAsTheyAre() throws Exception {
        Ended ended =
                guest.run(TestCommand.argv("printf", "<%s>", "", "a b", "it's \"x\"", "two\nlines", "$HOME *", "ä")
                        .get());
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("<><a b><it's \"x\"><two\nlines><$HOME *><ä>");
    }

    @ParameterizedTest
    @CsvSource({
        "/no/such/program, 127, the guest has no such program",
        "nosuchprog, 127, the guest has no such program",
        "/etc/passwd, 126, it is not executable"
    })
    void aProgramThatCannotRunIsNamed(String program, int code, String why) throws Exception {
        Ended ended = guest.run(TestCommand.argv(program, "-v").get());

        assertThat(ended.end().status().code()).isEqualTo(code);
        assertThat(ShellGuest.text(ended.stderr()))
                .isEqualTo("bellhop: Cannot run " + program + " because " + why + "\n");
    }

    @Test
    void variablesArriveAsTheyAreAndWinOverTheDefaults() throws Exception {
        Map<String, String> env = new LinkedHashMap<>();
        env.put("A", "two\nlines and \"quotes\" and 'more' $HOME");
        env.put("HOME", "/elsewhere");
        // Some shells keep these to themselves, which must not stop the others.
        env.put("UID", "5");
        env.put("PPID", "6");
        env.put("OPTIND", "x");
        env.put("IFS", "x");
        env.put("_w", "last");
        Ended ended = guest.run(TestCommand.shell("printf '<%s>' \"$A\" \"$HOME\" axb $_w")
                .withEnv(env)
                .get());
        assertThat(ShellGuest.text(ended.stderr())).isEmpty();
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("<" + env.get("A") + "></elsewhere><axb><last>");
    }

    @Test
    void anotherShellRunsTheText() throws Exception {
        Ended bash = guest.run(TestCommand.shell("a=(x y); echo ${a[1]}")
                .withShell("/usr/bin/bash")
                .get());
        assertThat(ShellGuest.text(bash.stdout())).isEqualTo("y\n");
        assertThat(guest.run(TestCommand.shell("true").withShell("/no/such").get())
                        .end()
                        .status()
                        .code())
                .isEqualTo(127);
    }

    @Test
    void aGuestWithoutHeadStillTellsTheEnd() throws Exception {
        ExecutionId id = ShellGuest.newId();
        ExecCommand exec = guest.supervised(id, GuestCommand.shell("echo out; echo error >&2; exit 3"));
        Ended ended = (Ended) guest.reply(guest.finish(ShellGuest.replaced(exec, "head -c", "/no/such/head -c")), id);
        assertThat(ended.end().status().code()).isEqualTo(3);
        assertThat(ended.stdout().bytes()).isNull();
        assertThat(ended.stderr().bytes()).isNull();
    }

    private static String unescape(@Nullable String text) {
        return text == null ? "" : text.replace("\\n", "\n");
    }
}
