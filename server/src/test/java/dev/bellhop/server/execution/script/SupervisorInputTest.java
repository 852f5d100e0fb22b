// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.script.ShellGuest.Kind;
import dev.bellhop.server.execution.script.SupervisorReply.Ended;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Stdin of a command: with its start or later, whole or not at all, on every shell. */
@Timeout(60)
@ParameterizedClass
@EnumSource(Kind.class)
@Tag("real")
class SupervisorInputTest {
    private final Kind kind;
    private final ShellGuest guest;

    SupervisorInputTest(Kind kind, @TempDir Path folder) {
        this.kind = kind;
        guest = new ShellGuest(kind, folder);
    }

    @AfterEach
    void end() {
        guest.close();
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
            assertThat(ShellGuest.text(ended.stdout()))
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
        Awaitility.await().until(() -> ShellGuest.processes("feed " + id).isEmpty());
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
}
