// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.Profile;
import dev.bellhop.testkit.RealAgent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What OpenSSH's own tests ask of an sshd for commands without a terminal: exit codes, streams and their ends. */
@Timeout(200)
@Tag("real")
@Tag("ssh")
class SshRegressTest {
    private static final String VM = "1";

    /** What ssh ends with where a signal has ended the command. */
    private static final int NO_EXIT_CODE = 255;

    @TempDir
    private static Path folder;

    private static RealAgent agent;
    private static TestServer server;
    private static OpenSsh ssh;
    private static String runner;

    @BeforeAll
    static void start() throws IOException {
        // The login shell, and none of this machine's files that it would read.
        String root = "root:x:0:0:root:" + Files.createDirectory(folder.resolve("home")) + ":/bin/sh\n";
        Path passwd = Files.writeString(folder.resolve("passwd"), root);
        agent = RealAgent.startSeeing(passwd, Path.of("/etc/passwd"), Files.createDirectory(folder.resolve("a")));
        Path sockets = Files.createDirectory(folder.resolve("v"));
        Files.createSymbolicLink(sockets.resolve(VM + ".qga"), agent.socket());
        server = TestServer.in(folder).vmsIn(sockets).ssh().start();
        ssh = new OpenSsh(folder, server.ssh());
        runner = server.makeKey(List.of("write:vm"), List.of(1L)).secret();
    }

    @AfterAll
    static void stop() {
        server.close();
        agent.close();
    }

    /**
     * One command and what has to come of it.
     *
     * @param words options of ssh and the command
     */
    record Case(String stdin, List<String> words, int code, String stdout, String stderr) {
        private static Case of(String... words) {
            return new Case("", List.of(words), 0, "", "");
        }

        private Case stdin(String text) {
            return new Case(text, words, code, stdout, stderr);
        }

        private Case code(int wanted) {
            return new Case(stdin, words, wanted, stdout, stderr);
        }

        private Case out(String wanted) {
            return new Case(stdin, words, code, wanted, stderr);
        }

        private Case err(String wanted) {
            return new Case(stdin, words, code, stdout, wanted);
        }

        @Override
        public String toString() {
            return String.join(" ", words).replaceAll("(?s)(.{60}).*", "$1…");
        }
    }

    static Stream<Case> cases() {
        Stream<Case> codes = IntStream.of(0, 1, 4, 5, 44, 127, 254, 255)
                .mapToObj(code -> Case.of("exit " + code).code(code));
        Stream<Case> signals = Stream.of("HUP", "INT", "QUIT", "KILL", "USR1", "SEGV", "PIPE", "TERM", "XCPU")
                .map(name -> Case.of("ulimit -c 0; kill -" + name + " $$").code(NO_EXIT_CODE));
        return Stream.of(codes, signals, ends(), inputs(), words()).flatMap(each -> each);
    }

    /** Streams that end before the command does. */
    private static Stream<Case> ends() {
        return Stream.of(
                Case.of("exec sh -c 'sleep 0.3; exec >/dev/null 2>&1; sleep 0.3; exit 5'")
                        .code(5),
                Case.of("exec sh -c 'exec >/dev/null; sleep 0.3; echo late >&2; exit 0'")
                        .err("late\n"),
                Case.of("exec sh -c 'exec 2>/dev/null; sleep 0.3; echo late; exit 0'")
                        .out("late\n"),
                Case.of("exec <&-; sleep 0.3; echo on >&2; exit 3").code(3).err("on\n"),
                Case.of("{ sh -c 'kill -9 $$'; } 2>/dev/null; echo $?").out("137\n"),
                Case.of("trap 'echo caught; exit 7' TERM; kill -TERM $$; sleep 60")
                        .code(7)
                        .out("caught\n"));
    }

    private static Stream<Case> inputs() {
        return Stream.of(
                Case.of("-n", "cat; echo end").stdin("unsent").out("end\n"),
                Case.of("cat; echo end").out("end\n"),
                Case.of("cat >/dev/null; echo end >&2")
                        .stdin("x".repeat(100_000))
                        .err("end\n"),
                Case.of("read -r line; echo \"$line\"; cat").stdin("a\nb").out("a\nb"),
                Case.of("true").stdin("x".repeat(3_000_000)),
                Case.of("head -c 1; exit 9")
                        .stdin("x".repeat(3_000_000))
                        .code(9)
                        .out("x"),
                Case.of("tr -d x | wc -c").stdin("x\0y\r\n".repeat(1_000)).out("4000\n"),
                Case.of("dd bs=1 count=3 2>/dev/null; dd bs=1 count=3 2>/dev/null; cat >&2")
                        .stdin("abcdefgh")
                        .out("abcdef")
                        .err("gh"));
    }

    /** What reaches the shell, and what it makes of that. */
    private static Stream<Case> words() {
        return Stream.of(
                Case.of("echo", "a  b", "'c  d'", "\"$HOME\"").out("a b c  d " + folder.resolve("home") + "\n"),
                Case.of("printf '%s\\n' \"$#\" '*' \\* && (exit 6)").code(6).out("0\n*\n*\n"),
                Case.of("printf 'a\\0b\\377'; printf '\\033[31m' >&2")
                        .out("a\0b\uFFFD")
                        .err("\033[31m"),
                Case.of("echo one\necho two").out("one\ntwo\n"),
                Case.of("no-such-program 2>/dev/null").code(127),
                Case.of("/etc/passwd 2>/dev/null").code(126),
                Case.of(": " + "x".repeat(60_000) + "; echo end").out("end\n"),
                Case.of("-oSetEnv=ONE=1 TWO=a=b", "echo $ONE $TWO").out("1 a=b\n"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aCommandEndsAsUnderAnSshd(Case each) {
        OpenSsh.Result result = ssh.run(
                VM, runner, each.stdin.getBytes(StandardCharsets.ISO_8859_1), each.words.toArray(String[]::new));
        assertThat(result.err()).isEqualTo(each.stderr);
        assertThat(result.out()).isEqualTo(each.stdout);
        assertThat(result.code()).isEqualTo(each.code);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 100, 1_000, 32_768, 65_536, 131_072, 262_144})
    void anyPiecesOfInputArriveInOrder(int piece) throws IOException {
        byte[] all = new byte[Math.min(300 * piece, 2 << 20)];
        new Random(piece).nextBytes(all);
        try (OpenSsh.Running running = ssh.start(VM, runner, "cat")) {
            for (int at = 0; at < all.length; at += piece) {
                running.write(Arrays.copyOfRange(all, at, Math.min(at + piece, all.length)), false);
            }
            running.write(new byte[0], true);
            OpenSsh.Result result = running.await();
            assertThat(result.code()).as(result.err()).isZero();
            assertThat(result.stdout()).isEqualTo(all);
        }
    }

    @Test
    void bothStreamsArriveWholeThoughTheyAreLong() {
        OpenSsh.Result result = ssh.run(VM, runner, "seq 300000 | tee /dev/stderr | tac; exit 3");
        byte[] numbers = IntStream.rangeClosed(1, 300_000)
                .mapToObj(number -> number + "\n")
                .collect(joining())
                .getBytes(StandardCharsets.US_ASCII);
        assertThat(result.code()).isEqualTo(3);
        assertThat(result.stderr()).isEqualTo(numbers);
        assertThat(result.stdout()).hasSameSizeAs(numbers).startsWith("300000\n".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    @Tag("sized")
    void theConnectionIsKeptWhileACommandIsSilent() {
        String seconds = Integer.toString(Profile.size(4, 10));
        OpenSsh.Result result = ssh.run(
                VM, runner, "-oServerAliveInterval=1", "-oServerAliveCountMax=2", "sleep " + seconds + "; echo end");
        assertThat(result.out()).as(result.err()).isEqualTo("end\n");
    }

    @Test
    void aCommandThatIsTooLongIsRefused() {
        String third = "x".repeat(90_000);
        OpenSsh.Result result = ssh.run(VM, runner, "echo", third, third, third);
        assertThat(result.code()).isEqualTo(NO_EXIT_CODE);
        assertThat(result.out()).isEmpty();
    }
}
