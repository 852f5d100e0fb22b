// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.script.ShellGuest.Kind;
import dev.bellhop.server.execution.script.SupervisorReply.Ended;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Secret variables: whole, and nowhere else, on every shell. */
@Timeout(60)
@ParameterizedClass
@EnumSource(Kind.class)
@Tag("real")
class SupervisorSecretsTest {
    private final Kind kind;
    private final Path folder;
    private final ShellGuest guest;

    SupervisorSecretsTest(Kind kind, @TempDir Path folder) {
        this.kind = kind;
        this.folder = folder;
        guest = new ShellGuest(kind, folder);
    }

    @AfterEach
    void end() {
        guest.close();
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
            assertThat(ShellGuest.text(ended.stderr())).isEmpty();
            assertThat(ShellGuest.text(ended.stdout()))
                    .isEqualTo("<" + secrets.get("A") + "></elsewhere-hunter2><hunter2-n><hunter2-v>"
                            + (stdin == null ? "" : "all\nof the input\n"));
            assertThat(guest.mark("argv")).content(StandardCharsets.ISO_8859_1).doesNotContain("hunter2");
        }
        Ended words = guest.run(
                TestCommand.argv("printenv", "A").withSecretEnv(secrets).get());
        assertThat(kind == Kind.BUSYBOX ? secrets.get("A") + "\n" : ShellGuest.text(words.stdout()))
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
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("hunter2\nlater\n");
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
        assertThat(ShellGuest.text(ended.stderr())).isEmpty();
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("65534\nhunter2 b\nin");
        assertThat(ShellGuest.text(guest.run(TestCommand.argv("printf", "<%s>", "a b", "")
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
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("65534\n" + programs + "\n");
        assertThat(mark).doesNotExist();
    }
}
