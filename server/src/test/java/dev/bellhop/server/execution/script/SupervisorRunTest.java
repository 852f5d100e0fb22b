// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.script.ShellGuest.Kind;
import dev.bellhop.server.execution.script.SupervisorReply.Ended;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
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
class SupervisorRunTest {
    private static final String CANNOT_ENTER =
            "bellhop: Cannot run the command because its user cannot enter the directory of cwd\n";

    private final Kind kind;
    private final Path folder;
    private final ShellGuest guest;

    SupervisorRunTest(Kind kind, @TempDir Path folder) {
        this.kind = kind;
        this.folder = folder;
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
        assertThat(text(ended.stdout())).isEqualTo(unescape(stdout));
        assertThat(text(ended.stderr())).isEqualTo(unescape(stderr));
        assertThat(ended.end().status().code()).isEqualTo(code);
    }

    @Test
    void aSyntaxErrorIsTheCommandsOwn() throws Exception {
        Ended ended = guest.run(GuestCommand.shell("echo before\nif true; then"));
        assertThat(ended.end().status().code()).isPositive();
        assertThat(text(ended.stderr())).isNotEmpty().contains("yntax");
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

    /** As where the agent ends while it passes it on. The next start runs the command. */
    @Test
    void aStartWhoseInputIsCutRunsNothing() throws Exception {
        GuestCommand plain = GuestCommand.shell("cat; echo \"<$A>\"; echo >>" + guest.mark("runs"));
        byte[] stdin = "the whole input\n".getBytes(StandardCharsets.UTF_8);
        Map<String, String> secrets = Map.of("A", ".\n2\nhunter2\n.");
        for (GuestCommand command : List.of(
                TestCommand.of(plain).withStdin(stdin).get(),
                TestCommand.of(plain).withSecretEnv(secrets).get(),
                TestCommand.of(plain).withSecretEnv(secrets).withStdin(stdin).get(),
                TestCommand.of(plain)
                        .withSecretEnv(secrets)
                        .withStdinFollowing()
                        .get())) {
            ExecutionId id = ShellGuest.newId();
            ExecCommand whole = guest.supervised(id, command);
            byte[] input = Objects.requireNonNull(whole.input());
            for (int length = 0; length < input.length; length += 3) {
                ExecStatus status = guest.finish(whole.withInput(Arrays.copyOf(input, length)));
                assertThat(guest.reply(status, id)).as("%d bytes", length).isInstanceOf(SupervisorReply.Silent.class);
            }
            assertThat(guest.inspect(id, false).claim()).isInstanceOf(Inspection.Claim.Nobody.class);
            assertThat(guest.mark("runs")).doesNotExist();
            assertThat(filesOf(id)).isEmpty();
            if (command.stdinFollows()) {
                continue;
            }

            Ended ended = (Ended) guest.reply(guest.finish(whole), id);
            assertThat(text(ended.stdout()))
                    .isEqualTo((command.stdin() == null ? "" : "the whole input\n") + "<"
                            + command.secretEnv().getOrDefault("A", "") + ">\n");
            assertThat(guest.reply(guest.finish(whole), id)).isInstanceOf(SupervisorReply.Taken.class);
            assertThat(guest.mark("runs")).hasContent("\n");
            guest.finish(guest.supervisor.remove(List.of(id)));
            assertThat(filesOf(id)).isEmpty();
            Files.delete(guest.mark("runs"));
        }
    }

    /** It may have been sent again, to a supervisor that was faster. */
    @Test
    void aStartWithoutItsInputRunsNothingAfterRemoval() throws Exception {
        ExecutionId id = ShellGuest.newId();
        ExecCommand start = guest.supervised(
                id,
                TestCommand.shell("cat >>" + guest.mark("runs"))
                        .withStdin(new byte[] {'x'})
                        .get());
        assertThat(guest.reply(guest.finish(start), id)).isInstanceOf(Ended.class);
        Path early = Files.createFile(Path.of(guest.supervisor.spool().path(), id + ".in-4711"));

        guest.finish(guest.supervisor.remove(List.of(id)));
        assertThat(filesOf(id))
                .containsExactlyInAnyOrder(
                        early, Path.of(guest.supervisor.spool().claim(id)));
        assertThat(guest.reply(guest.finish(start), id)).isEqualTo(new SupervisorReply.Taken(null, true));
        assertThat(guest.mark("runs")).hasContent("x");
        assertThat(filesOf(id)).hasSize(2);
    }

    private List<Path> filesOf(ExecutionId id) throws Exception {
        try (Stream<Path> all = Files.list(Path.of(guest.supervisor.spool().path()))) {
            return all.filter(file -> file.getFileName().toString().startsWith(id.toString()))
                    .toList();
        }
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
        assertThat(text(ended.stdout())).isEqualTo(pid + " " + pid + "\n");
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
        assertThat(left).contains(Long.parseLong(text(ended.stdout()).strip()));
    }

    @Test
    void argumentsArriveAsTheyAre() throws Exception {
        Ended ended =
                guest.run(TestCommand.argv("printf", "<%s>", "", "a b", "it's \"x\"", "two\nlines", "$HOME *", "ä")
                        .get());
        assertThat(text(ended.stdout())).isEqualTo("<><a b><it's \"x\"><two\nlines><$HOME *><ä>");
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
        assertThat(text(ended.stderr())).isEqualTo("bellhop: Cannot run " + program + " because " + why + "\n");
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
        assertThat(text(ended.stderr())).isEmpty();
        assertThat(text(ended.stdout())).isEqualTo("<" + env.get("A") + "></elsewhere><axb><last>");
    }

    /** What is in a command line is there for every user of the guest to read. */
    @Test
    void secretVariablesArriveWholeAndInNoCommandLine() throws Exception {
        Map<String, String> secrets = new LinkedHashMap<>();
        secrets.put("A", " hunter2\n\nand \"quotes\" 'more' \\n \\ $HOME äā€🦊\u0081\u0088\t ");
        secrets.put("HOME", "/elsewhere-hunter2");
        secrets.put("_n", "hunter2-n");
        secrets.put("_v", "hunter2-v");
        secrets.put("IFS", "hunter2x");
        String text = "printf '<%s>' \"$A\" \"$HOME\" \"$_n\" \"$_v\"; cat; cat /proc/*/cmdline 2>/dev/null >"
                + guest.mark("argv") + "; true";
        for (byte[] stdin : new byte[][] {null, "all\nof the input\n".getBytes(StandardCharsets.UTF_8)}) {
            GuestCommand command = TestCommand.shell(text)
                    .withSecretEnv(secrets)
                    .withEnv(Map.of("B", "b"))
                    .get();
            Ended ended = guest.run(
                    stdin == null
                            ? command
                            : TestCommand.of(command).withStdin(stdin).get());
            assertThat(text(ended.stderr())).isEmpty();
            assertThat(text(ended.stdout()))
                    .isEqualTo("<" + secrets.get("A") + "></elsewhere-hunter2><hunter2-n><hunter2-v>"
                            + (stdin == null ? "" : "all\nof the input\n"));
            assertThat(guest.mark("argv")).content(StandardCharsets.ISO_8859_1).doesNotContain("hunter2");
        }
        Ended words = guest.run(
                TestCommand.argv("printenv", "A").withSecretEnv(secrets).get());
        assertThat(kind == Kind.BUSYBOX ? secrets.get("A") + "\n" : text(words.stdout()))
                .isEqualTo(secrets.get("A") + "\n");
    }

    @Test
    void secretVariablesAndInputThatComesLaterDoNotMix() throws Exception {
        ExecutionId id = ShellGuest.newId();
        GuestCommand command = TestCommand.shell("echo $A; cat; [ -e /proc/self/fd/4 ] && echo left open")
                .withSecretEnv(Map.of("A", "hunter2"))
                .withStdinFollowing()
                .get();
        long pid = guest.start(guest.supervised(id, command));
        Path input = Path.of(guest.supervisor.spool().stdin(id));
        Awaitility.await().until(() -> Files.exists(input));
        Files.writeString(input, "later\n", StandardOpenOption.APPEND);
        Files.createFile(Path.of(guest.supervisor.spool().stdinEnd(id)));
        Ended ended = (Ended) guest.reply(guest.await(pid), id);
        assertThat(text(ended.stdout())).isEqualTo("hunter2\nlater\n");
        try (Stream<Path> spool = Files.list(Path.of(guest.supervisor.spool().path()))) {
            assertThat(spool)
                    .allSatisfy(file -> assertThat(
                                    file.toString().endsWith(".out")
                                                    || file.toString().endsWith(".pipe")
                                            ? ""
                                            : Files.readString(file))
                            .doesNotContain("hunter2"));
        }
    }

    @Test
    void secretVariablesReachAnotherUsersCommand() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        Ended ended = guest.run(TestCommand.shell("id -u; echo $A $B; cat")
                .withUser("nobody")
                .withEnv(Map.of("B", "b"))
                .withSecretEnv(Map.of("A", "hunter2"))
                .withStdin("in".getBytes(StandardCharsets.UTF_8))
                .withCwd("/")
                .get());
        assertThat(text(ended.stderr())).isEmpty();
        assertThat(text(ended.stdout())).isEqualTo("65534\nhunter2 b\nin");
        assertThat(text(guest.run(TestCommand.argv("printf", "<%s>", "a b", "")
                                .withUser("nobody")
                                .withSecretEnv(Map.of("A", "hunter2"))
                                .get())
                        .stdout()))
                .isEqualTo("<a b><>");
    }

    /** Or who may run commands as one user alone could run others as root. */
    @Test
    void secretVariablesDoNotReachWhatBecomesAnotherUser() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        Path mark = guest.mark("root");
        Path programs = Files.createDirectory(folder.resolve("programs"));
        for (String name : List.of("setpriv", "runuser", "su", "id")) {
            Path program = Files.writeString(programs.resolve(name), "#!/bin/sh\necho ran >" + mark + "\n");
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Ended ended = guest.run(TestCommand.shell("/usr/bin/id -u; echo $PATH")
                .withUser("nobody")
                .withSecretEnv(Map.of("PATH", programs.toString()))
                .withCwd("/")
                .get());
        assertThat(text(ended.stdout())).isEqualTo("65534\n" + programs + "\n");
        assertThat(mark).doesNotExist();
    }

    @Test
    void aWorkingDirectoryIsEnteredOrTheCommandIsNotRun() throws Exception {
        Path there = Files.createDirectory(folder.resolve("it's a \"place\""));
        assertThat(text(guest.run(TestCommand.shell("pwd")
                                .withCwd(there.toString())
                                .get())
                        .stdout()))
                .isEqualTo(there + "\n");
        Ended missing =
                guest.run(TestCommand.shell("echo ran").withCwd("/no/such").get());
        assertThat(missing.end().status().code()).isEqualTo(126);
        assertThat(text(missing.stdout())).isEmpty();
        assertThat(text(missing.stderr())).isEqualTo(CANNOT_ENTER);
    }

    /** Root, which becomes that user, could enter it. */
    @Test
    void aDirectoryThatIsClosedToTheUserIsNotEntered() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        Path closed = Files.createDirectory(folder.resolve("closed"));
        Path inside = Files.createDirectory(closed.resolve("inside"));
        Files.writeString(inside.resolve("note"), "for root\n");
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
        GuestCommand read = TestCommand.argv("cat", "note").withUser("nobody").get();
        for (GuestCommand command : List.of(
                read,
                TestCommand.of(read).withEnv(Map.of("A", "b")).get(),
                TestCommand.of(read).withSecretEnv(Map.of("A", "hunter2")).get(),
                TestCommand.of(read)
                        .withSecretEnv(Map.of("A", "hunter2"))
                        .withStdin(new byte[] {'x'})
                        .get())) {
            Ended ended =
                    guest.run(TestCommand.of(command).withCwd(inside.toString()).get());
            assertThat(text(ended.stdout())).isEmpty();
            assertThat(text(ended.stderr())).isEqualTo(CANNOT_ENTER);
            assertThat(ended.end().status().code()).isEqualTo(126);
        }
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx--x--x"));
        assertThat(text(guest.run(
                                TestCommand.of(read).withCwd(inside.toString()).get())
                        .stdout()))
                .isEqualTo("for root\n");
        Path own = Files.createDirectory(folder.resolve("it's a \"place\" of its own"));
        sh("chown nobody " + GuestScript.quote(own.toString()));
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx------"));
        Ended ended = guest.run(TestCommand.shell("pwd; echo $A; cat")
                .withUser("nobody")
                .withCwd(own.toString())
                .withEnv(Map.of("A", "b c"))
                .withStdin("in".getBytes(StandardCharsets.UTF_8))
                .get());
        assertThat(text(ended.stderr())).isEmpty();
        assertThat(text(ended.stdout())).isEqualTo(own + "\nb c\nin");
    }

    /** The files that it is in are root's, and for root alone. */
    @Test
    void anotherUserOpensItsStdinByName() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        GuestCommand command = TestCommand.shell("cat /dev/stdin")
                .withUser("nobody")
                .withCwd("/")
                .get();
        for (GuestCommand each : List.of(
                command,
                TestCommand.of(command).withSecretEnv(Map.of("A", "hunter2")).get())) {
            Ended ended = guest.run(TestCommand.of(each)
                    .withStdin("in".getBytes(StandardCharsets.UTF_8))
                    .get());
            assertThat(text(ended.stderr())).isEmpty();
            assertThat(text(ended.stdout())).isEqualTo("in");
        }
        ExecutionId id = ShellGuest.newId();
        long pid = guest.start(guest.supervised(
                id, TestCommand.of(command).withStdinFollowing().get()));
        Path input = Path.of(guest.supervisor.spool().stdin(id));
        Awaitility.await().until(() -> Files.exists(input));
        Files.writeString(input, "later", StandardOpenOption.APPEND);
        Files.createFile(Path.of(guest.supervisor.spool().stdinEnd(id)));
        Ended ended = (Ended) guest.reply(guest.await(pid), id);
        assertThat(text(ended.stderr())).isEmpty();
        assertThat(text(ended.stdout())).isEqualTo("later");
    }

    private static void sh(String text) throws Exception {
        assertThat(new ProcessBuilder("sh", "-c", text).inheritIO().start().waitFor())
                .isZero();
    }

    @Test
    void anotherUserRunsItInTheSameGroup() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        String text = "id -u; echo $HOME $USER $A; read -r _ _ _ _ group _ </proc/self/stat; echo $group; exit 4";
        ExecutionId id = ShellGuest.newId();
        long pid = guest.start(guest.supervised(
                id,
                TestCommand.shell(text)
                        .withUser("nobody")
                        .withEnv(Map.of("A", "b c"))
                        .withCwd("/")
                        .get()));
        Ended ended = (Ended) guest.reply(guest.await(pid), id);
        assertThat(text(ended.stderr())).isEmpty();
        assertThat(text(ended.stdout())).isEqualTo("65534\n/nonexistent nobody b c\n" + pid + "\n");
        assertThat(ended.end().status().code()).isEqualTo(4);
        Ended argv = guest.run(
                TestCommand.argv("printf", "<%s>", "a b", "").withUser("nobody").get());
        assertThat(text(argv.stdout())).isEqualTo("<a b><>");
        Ended missing =
                guest.run(TestCommand.shell("echo ran").withUser("nosuchuser").get());
        assertThat(missing.end().status().code()).isEqualTo(126);
        assertThat(text(missing.stdout())).isEmpty();
        assertThat(text(missing.stderr()))
                .isEqualTo("bellhop: Cannot run the command because the guest has no such user\n");
    }

    @Test
    void anotherShellRunsTheText() throws Exception {
        Ended bash = guest.run(TestCommand.shell("a=(x y); echo ${a[1]}")
                .withShell("/usr/bin/bash")
                .get());
        assertThat(text(bash.stdout())).isEqualTo("y\n");
        assertThat(guest.run(TestCommand.shell("true").withShell("/no/such").get())
                        .end()
                        .status()
                        .code())
                .isEqualTo(127);
    }

    @Test
    void inputComesInTheCourseOfTime() throws Exception {
        ExecutionId id = ShellGuest.newId();
        Path got = guest.mark("got");
        GuestCommand command = TestCommand.shell("read -r x; echo \"$x\" >" + got + "; cat")
                .withStdinFollowing()
                .get();
        long pid = guest.start(guest.supervised(id, command));
        Path input = Path.of(guest.supervisor.spool().stdin(id));
        Awaitility.await().until(() -> Files.exists(input));
        Files.writeString(input, "first\n", StandardOpenOption.APPEND);
        Awaitility.await().until(() -> Files.exists(got));
        Files.write(input, new byte[200_000], StandardOpenOption.APPEND);
        Files.createFile(Path.of(guest.supervisor.spool().stdinEnd(id)));
        Ended ended = (Ended) guest.reply(guest.await(pid), id);
        assertThat(ended.end().status().code()).isZero();
        assertThat(Path.of(guest.supervisor.spool().output(id, OutputStreamName.STDOUT)))
                .hasSize(200_000);
        assertThat(ShellGuest.processes("feed " + id)).isEmpty();
    }

    @Test
    void inputThatWasReadTakesNoPlaceOnTheDisk() throws Exception {
        byte[] bytes = new byte[20 << 20];
        new Random(7).nextBytes(bytes);
        ExecutionId id = ShellGuest.newId();
        Path got = guest.mark("got");
        long pid = guest.start(guest.supervised(
                id, TestCommand.shell("cat >" + got).withStdinFollowing().get()));
        Path input = Path.of(guest.supervisor.spool().stdin(id));
        Awaitility.await().until(() -> Files.exists(input));
        Files.write(input, bytes, StandardOpenOption.APPEND);
        Path read = Path.of(guest.supervisor.spool().stdinRead(id));
        Awaitility.await().until(() -> Files.readString(read).equals(bytes.length + "\n"));
        assertThat(input).hasSize(bytes.length);
        // The fallocate of busybox cannot do it.
        if (kind != Kind.BUSYBOX) {
            assertThat(kilobytesOnDisk(input)).isLessThan(5 << 10);
        }
        Files.createFile(Path.of(guest.supervisor.spool().stdinEnd(id)));
        Ended ended = (Ended) guest.reply(guest.await(pid), id);
        assertThat(ended.end().status().code()).isZero();
        assertThat(got).hasBinaryContent(bytes);
    }

    @Test
    void aLongInputThatIsThereAsAWholeIsPassedOnAsAWhole() throws Exception {
        byte[] bytes = new byte[40 << 20];
        new Random(7).nextBytes(bytes);
        ExecutionId id = ShellGuest.newId();
        Path got = guest.mark("got");
        Path go = guest.mark("go");
        long pid = guest.start(guest.supervised(
                id,
                TestCommand.shell("while [ ! -e " + go + " ]; do sleep 0.01; done; cat >" + got)
                        .withStdinFollowing()
                        .get()));
        Path input = Path.of(guest.supervisor.spool().stdin(id));
        Awaitility.await().until(() -> Files.exists(input));
        Files.write(input, bytes, StandardOpenOption.APPEND);
        Files.createFile(Path.of(guest.supervisor.spool().stdinEnd(id)));
        Files.createFile(go);
        Ended ended = (Ended) guest.reply(guest.await(pid), id);
        assertThat(ended.end().status().code()).isZero();
        assertThat(got).hasBinaryContent(bytes);
    }

    private static long kilobytesOnDisk(Path file) throws Exception {
        Process du = new ProcessBuilder("du", "-k", file.toString()).start();
        String line = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return Long.parseLong(line.substring(0, line.indexOf('\t')));
    }

    @Test
    void aCommandThatEndsBeforeItsInputLeavesNothingBehind() throws Exception {
        ExecutionId id = ShellGuest.newId();
        GuestCommand command = TestCommand.shell("exit 3").withStdinFollowing().get();
        Ended ended = (Ended) guest.reply(guest.finish(guest.supervised(id, command)), id);
        assertThat(ended.end().status().code()).isEqualTo(3);
        Awaitility.await().until(() -> ShellGuest.processes("feed " + id).isEmpty());
    }

    @Test
    void aGuestWithoutHeadStillTellsTheEnd() throws Exception {
        ExecutionId id = ShellGuest.newId();
        ExecCommand exec = guest.supervised(id, GuestCommand.shell("echo out; echo error >&2; exit 3"));
        Ended ended = (Ended) guest.reply(guest.finish(replaced(exec, "head -c", "/no/such/head -c")), id);
        assertThat(ended.end().status().code()).isEqualTo(3);
        assertThat(ended.stdout().bytes()).isNull();
        assertThat(ended.stderr().bytes()).isNull();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSystemdGuestHasTheCommandInAServiceOfItsOwn(boolean works) throws Exception {
        ExecutionId id = ShellGuest.newId();
        ExecCommand exec = guest.supervised(
                id, TestCommand.shell("cat").withStdin(new byte[] {'i', 'n'}).get());
        long pid = guest.start(underSystemd(exec, works).withInput(new byte[] {'i', 'n'}));
        Ended ended = (Ended) guest.reply(guest.await(pid), id);
        assertThat(text(ended.stdout())).isEqualTo("in");
        assertThat(text(ended.stderr())).isEmpty();
        if (works) {
            assertThat(serviceProcesses()).hasContent("" + pid);
        } else {
            assertThat(serviceProcesses()).doesNotExist();
        }
    }

    @Test
    void aSystemdGuestHasTheFeederAndTheWatchdogThereToo() throws Exception {
        Path setsid = program(
                "setsid", """
                role=other
                case $* in *": feed "*) role=feed ;; *": watch "*) role=watch ;; esac
                read -r moved <PROCS
                echo "$moved" >FOLDER/moved-before-$role
                exec setsid "$@"
                """.replace("PROCS", serviceProcesses().toString()).replace("FOLDER", folder.toString()));
        ExecutionId id = ShellGuest.newId();
        GuestCommand command = TestCommand.shell("cat")
                .withStdinFollowing()
                .withTimeout(Duration.ofHours(1), Duration.ZERO)
                .get();
        ExecCommand exec = underSystemd(guest.supervised(id, command), true);
        long pid = guest.start(replaced(exec, "setsid \"$0\"", setsid + " \"$0\""));
        Path input = Path.of(guest.supervisor.spool().stdin(id));
        Awaitility.await().until(() -> Files.exists(input));
        Files.writeString(input, "in", StandardOpenOption.APPEND);
        Files.createFile(Path.of(guest.supervisor.spool().stdinEnd(id)));
        Ended ended = (Ended) guest.reply(guest.await(pid), id);
        assertThat(text(ended.stdout())).isEqualTo("in");
        assertThat(folder.resolve("moved-before-feed")).hasContent("" + pid);
        assertThat(folder.resolve("moved-before-watch")).hasContent("" + pid);
    }

    /** With folders in the place of /run/systemd and /sys/fs/cgroup, and a systemd-run that makes the service's. */
    private ExecCommand underSystemd(ExecCommand exec, boolean works) throws Exception {
        Files.createDirectories(folder.resolve("cgroup/system.slice"));
        Files.createDirectory(folder.resolve("systemd"));
        Path procs = serviceProcesses();
        Path systemdRun = program(
                "systemd-run",
                "read -r x && echo stole input\n"
                        + (works ? "mkdir -p " + procs.getParent() + "; : >" + procs : "exit 1"));
        ExecCommand here =
                replaced(exec, "/run/systemd/system", folder.resolve("systemd").toString());
        here = replaced(here, "/sys/fs/cgroup", folder.resolve("cgroup").toString());
        return replaced(here, "systemd-run", systemdRun.toString());
    }

    private Path serviceProcesses() {
        return folder.resolve("cgroup/system.slice/bellhop-commands.service/cgroup.procs");
    }

    private Path program(String name, String text) throws Exception {
        Path file = Files.writeString(folder.resolve(name), "#!" + guest.shell() + "\n" + text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private static ExecCommand replaced(ExecCommand exec, String words, String others) {
        List<String> args = new ArrayList<>(exec.args());
        args.replaceAll(arg -> arg.replace(words, others));
        return ExecCommand.of(exec.path(), args.toArray(String[]::new));
    }

    private static String text(SupervisorReply.Head head) {
        assertThat(head.whole()).isTrue();
        assertThat(head.bytes()).isNotNull();
        return new String(head.bytes(), StandardCharsets.UTF_8);
    }

    private static String unescape(@Nullable String text) {
        return text == null ? "" : text.replace("\\n", "\n");
    }
}
