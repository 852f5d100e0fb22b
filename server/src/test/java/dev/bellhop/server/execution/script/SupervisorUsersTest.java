// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.execution.script.ShellGuest.Kind;
import dev.bellhop.server.execution.script.SupervisorReply.Ended;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Commands of other users, and in other directories, on every shell. */
@Timeout(60)
@ParameterizedClass
@EnumSource(Kind.class)
@Tag("real")
class SupervisorUsersTest {
    private static final String CANNOT_ENTER =
            "bellhop: Cannot run the command because its user cannot enter the directory of cwd\n";

    private final Path folder;
    private final ShellGuest guest;

    SupervisorUsersTest(Kind kind, @TempDir Path folder) {
        this.folder = folder;
        guest = new ShellGuest(kind, folder);
    }

    @AfterEach
    void end() {
        guest.close();
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
        assertThat(ShellGuest.text(ended.stderr())).isEmpty();
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("65534\n/nonexistent nobody b c\n" + pid + "\n");
        assertThat(ended.end().status().code()).isEqualTo(4);
        Ended argv = guest.run(
                TestCommand.argv("printf", "<%s>", "a b", "").withUser("nobody").get());
        assertThat(ShellGuest.text(argv.stdout())).isEqualTo("<a b><>");
        Ended missing =
                guest.run(TestCommand.shell("echo ran").withUser("nosuchuser").get());
        assertThat(missing.end().status().code()).isEqualTo(126);
        assertThat(ShellGuest.text(missing.stdout())).isEmpty();
        assertThat(ShellGuest.text(missing.stderr()))
                .isEqualTo("bellhop: Cannot run the command because the guest has no such user\n");
    }

    private static final LoginSession LOGIN =
            new LoginSession(false, "192.0.2.1 50000 22", "192.0.2.1 50000 192.0.2.2 22");

    @Test
    void aSessionOverSshHasTheShellAndTheVariablesOfItsUser() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        Ended ended = guest.run(TestCommand.shell(
                        "a=(x y); [[ ${a[1]} == y ]] && echo {1..3} $0; pwd"
                                + "; echo $HOME $USER $LOGNAME $SHELL $A; echo $SSH_CLIENT; echo $SSH_CONNECTION; echo ${_q-none}")
                .withLogin(LOGIN)
                .withEnv(Map.of("A", "b"))
                .withCwd("~")
                .get());
        // bash reads .bashrc of this machine, which may need programs that the guest lacks.
        assertThat(ShellGuest.text(ended.stdout()))
                .isEqualTo("1 2 3 /bin/bash\n/root\n/root root root /bin/bash b\n"
                        + "192.0.2.1 50000 22\n192.0.2.1 50000 192.0.2.2 22\nnone\n");
    }

    @Test
    void aSessionWithoutACommandIsALoginShellThatReadsStdin() throws Exception {
        Ended ended = guest.run(TestCommand.shell("exec /bin/sh -l")
                .withLogin(new LoginSession(true, null, null))
                .withStdin("shopt -q login_shell && echo {1..3}; exit 4\n".getBytes(StandardCharsets.UTF_8))
                .get());
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("1 2 3\n");
        assertThat(ended.end().status().code()).isEqualTo(4);
    }

    @Test
    void aUserWhoMayNotLogInIsRefusedInTheWordsOfTheGuest() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        Ended refused = guest.run(TestCommand.shell("id -un")
                .withUser("nobody")
                .withLogin(LOGIN)
                .withEnv(Map.of("A", "b"))
                .withCwd("~")
                .get());
        assertThat(ShellGuest.text(refused.stdout())).isEqualTo("This account is currently not available.\n");
        assertThat(refused.end().status().code()).isEqualTo(1);
        Ended missing = guest.run(TestCommand.shell("true")
                .withUser("nosuchuser")
                .withLogin(LOGIN)
                .get());
        assertThat(missing.end().status().code()).isEqualTo(126);
        assertThat(ShellGuest.text(missing.stderr()))
                .isEqualTo("bellhop: Cannot run the command because the guest has no such user\n");
    }

    @Test
    void aSessionOverSshTakesTextsThatAreLongerThanAnArgument() throws Exception {
        String text = ": '" + "ä".repeat(100_000) + "'; echo $#";
        Ended ended =
                guest.run(TestCommand.shell(":").withLogin(LOGIN).withText(text).get());
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("0\n");
    }

    @Test
    void aTildeIsTheHomeOfWhoRunsIt() throws Exception {
        Ended own = guest.run(TestCommand.shell("pwd; echo $HOME").withCwd("~").get());
        List<String> lines = ShellGuest.text(own.stdout()).lines().toList();
        assertThat(lines.get(0)).isEqualTo(lines.get(1)).isNotEqualTo("/");

        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        Ended homeless = guest.run(
                TestCommand.shell("pwd").withUser("nobody").withCwd("~").get());
        assertThat(ShellGuest.text(homeless.stderr())).isEmpty();
        assertThat(ShellGuest.text(homeless.stdout())).isEqualTo("/\n");
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
            assertThat(ShellGuest.text(ended.stderr())).isEmpty();
            assertThat(ShellGuest.text(ended.stdout())).isEqualTo("in");
        }
        Ended ended = runWithStdinFollowing(command, "later");
        assertThat(ShellGuest.text(ended.stderr())).isEmpty();
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("later");
    }

    /** Opening a named pipe that nobody writes to would never return. */
    @Test
    void stdinIsOpenedByNameLongAfterItsEnd() throws Exception {
        Ended ended = runWithStdinFollowing(
                TestCommand.shell("cat; sleep 0.4; cat /dev/stdin; echo one; sleep 2; cat /dev/stdin; echo two")
                        .get(),
                "later\n");
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("later\none\ntwo\n");
    }

    private Ended runWithStdinFollowing(GuestCommand command, String stdin) throws Exception {
        ExecutionId id = ShellGuest.newId();
        long pid = guest.start(guest.supervised(
                id, TestCommand.of(command).withStdinFollowing().get()));
        Path input = Path.of(guest.supervisor.spool().stdin(id));
        Awaitility.await().until(() -> Files.exists(input));
        Files.writeString(input, stdin, StandardOpenOption.APPEND);
        Files.createFile(Path.of(guest.supervisor.spool().stdinEnd(id)));
        return (Ended) guest.reply(guest.await(pid), id);
    }

    @Test
    void aWorkingDirectoryIsEnteredOrTheCommandIsNotRun() throws Exception {
        Path there = Files.createDirectory(folder.resolve("it's a \"place\""));
        assertThat(ShellGuest.text(guest.run(TestCommand.shell("pwd")
                                .withCwd(there.toString())
                                .get())
                        .stdout()))
                .isEqualTo(there + "\n");
        Ended missing =
                guest.run(TestCommand.shell("echo ran").withCwd("/no/such").get());
        assertThat(missing.end().status().code()).isEqualTo(126);
        assertThat(ShellGuest.text(missing.stdout())).isEmpty();
        assertThat(ShellGuest.text(missing.stderr())).isEqualTo(CANNOT_ENTER);
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
            assertThat(ShellGuest.text(ended.stdout())).isEmpty();
            assertThat(ShellGuest.text(ended.stderr())).isEqualTo(CANNOT_ENTER);
            assertThat(ended.end().status().code()).isEqualTo(126);
        }
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx--x--x"));
        assertThat(ShellGuest.text(guest.run(
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
        assertThat(ShellGuest.text(ended.stderr())).isEmpty();
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo(own + "\nb c\nin");
    }

    private static void sh(String text) throws Exception {
        assertThat(new ProcessBuilder("sh", "-c", text).inheritIO().start().waitFor())
                .isZero();
    }
}
