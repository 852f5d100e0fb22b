// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.script.Inspection.Claim;
import dev.bellhop.server.execution.script.ShellGuest.Kind;
import dev.bellhop.server.execution.script.SupervisorReply.Ended;
import dev.bellhop.server.execution.script.SupervisorReply.NoSpool;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
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

/** Which spools are used, and how they are kept small, on every shell. */
@Timeout(60)
@ParameterizedClass
@EnumSource(Kind.class)
@Tag("real")
class SupervisorSpoolTest {
    private static final String BOOT_BEFORE = "00000000-0000-4000-8000-000000000000";

    private final Instant now = Instant.now();
    private final Instant old = now.minus(Duration.ofDays(10));
    private final Path folder;
    private final ShellGuest guest;
    private final ExecutionId id = ShellGuest.newId();

    SupervisorSpoolTest(Kind kind, @TempDir Path folder) {
        this.folder = folder;
        this.guest = new ShellGuest(kind, folder);
    }

    @AfterEach
    void end() {
        guest.close();
    }

    @Test
    void aSpoolThatIsALinkOrAFileIsRefused() throws Exception {
        Path spool = Path.of(guest.supervisor.spool().path());
        Path count = guest.mark("count");
        Path other = Files.createDirectory(folder.resolve("other"));
        Files.createSymbolicLink(spool, other);
        assertThat(start("echo x >>" + count)).isEqualTo(new NoSpool());
        assertThat(guest.inspect(id, true).claim()).isEqualTo(new Claim.Nobody());
        Files.delete(spool);
        Files.writeString(spool, "");
        assertThat(start("echo x >>" + count)).isEqualTo(new NoSpool());
        assertThat(other).isEmptyDirectory();
        assertThat(count).doesNotExist();
        Files.delete(spool);
        assertThat(start("echo x >>" + count)).isInstanceOf(Ended.class);
        assertThat(Files.getPosixFilePermissions(spool)).hasToString("[OWNER_READ, OWNER_WRITE, OWNER_EXECUTE]");
    }

    @Test
    void filesAreRemovedAtALowPriority() throws Exception {
        start("true");
        ExecCommand remove = ShellGuest.replaced(
                guest.supervisor.remove(List.of(id)), "echo 'bellhop remove done'", "cat /proc/$$/stat");
        String stat = new String(guest.finish(remove).stdout(), StandardCharsets.UTF_8);
        // The 19th field, and the first after the name of the program is the third: see proc_pid_stat(5).
        String nice = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16];
        assertThat(Integer.parseInt(nice)).isGreaterThanOrEqualTo(5);
    }

    @Test
    void aSpoolOfAnotherUserIsRefused() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        Path spool = Files.createDirectory(Path.of(guest.supervisor.spool().path()));
        Files.setOwner(
                spool, spool.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
        assertThat(start("true")).isEqualTo(new NoSpool());
        assertThat(guest.reply(guest.finish(guest.supervisor.probe(id)), id)).isEqualTo(new NoSpool());
        assertThat(Files.getOwner(spool).getName()).isEqualTo("nobody");
    }

    /** As a configuration management may have made it. */
    @ParameterizedTest
    @ValueSource(strings = {"rwxr-xr-x", "rwxrwxrwx"})
    void inASpoolThatOthersMayEnterTheyReadNothing(String mode) throws Exception {
        Path spool = Files.createDirectory(Path.of(guest.supervisor.spool().path()));
        Files.setPosixFilePermissions(spool, PosixFilePermissions.fromString(mode));
        GuestCommand command = TestCommand.shell(
                        "umask; echo x; : >" + guest.mark("own") + "; cat; " + "cd " + spool + "; stat -c %a *; exit 3")
                .withEnv(Map.of("A", "b"))
                .withSecretEnv(Map.of("B", "hunter2"))
                .withTimeout(Duration.ofHours(1), Duration.ZERO)
                .get();
        for (GuestCommand each : List.of(
                TestCommand.of(command).withStdin(new byte[] {'x'}).get(),
                TestCommand.of(command).withStdinFollowing().get(),
                GuestCommand.shell("umask; echo x; : >" + guest.mark("own")))) {
            ExecutionId one = ShellGuest.newId();
            long pid = guest.start(guest.supervised(one, each));
            if (each.stdinFollows()) {
                Path input = Path.of(guest.supervisor.spool().stdin(one));
                Awaitility.await().until(() -> Files.exists(input));
                Files.createFile(
                        Path.of(guest.supervisor.spool().stdinEnd(one)),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            Ended ended = (Ended) guest.reply(guest.await(pid), one);
            assertThat(ended.stdout().bytes()).asString().startsWith("0022\nx\n");
            assertThat(Files.getPosixFilePermissions(guest.mark("own"))).contains(PosixFilePermission.OTHERS_READ);
            Files.delete(guest.mark("own"));
        }
        guest.cancel(id, Duration.ZERO);
        guest.inspect(ShellGuest.newId(), true);
        guest.finish(guest.supervisor.remove(List.of(id)));
        try (Stream<Path> files = Files.list(spool)) {
            assertThat(files.toList())
                    .hasSizeGreaterThan(8)
                    .allSatisfy(file -> assertThat(Files.getPosixFilePermissions(file))
                            .as("%s", file)
                            .isEqualTo(PosixFilePermissions.fromString("rw-------")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxr-xr-x", "rwxrwxrwx"})
    void aProbeClosesTheSpoolToOthers(String mode) throws Exception {
        Path spool = Files.createDirectory(Path.of(guest.supervisor.spool().path()));
        Files.setPosixFilePermissions(spool, PosixFilePermissions.fromString(mode));
        assertThat(guest.reply(guest.finish(guest.supervisor.probe(id)), id)).isInstanceOf(Ended.class);
        assertThat(Files.getPosixFilePermissions(spool)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void aFileThatStandsInThePlaceOfOutputIsNotWrittenTo() throws Exception {
        Path spool = Files.createDirectory(Path.of(guest.supervisor.spool().path()));
        Path other = Files.writeString(folder.resolve("other"), "other");
        Files.createSymbolicLink(spool.resolve(id + ".out"), other);
        assertThat(start("echo x")).isEqualTo(new NoSpool());
        assertThat(other).hasContent("other");
        assertThat(start("echo x")).isInstanceOf(Ended.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -o size=8k,nr_inodes=20 | head -c 100000 /dev/zero >SPOOL/fill
            -o size=1m,nr_inodes=3  | : >SPOOL/a; : >SPOOL/b
            -o ro                   | true
            """)
    void aSpoolThatIsFullOrReadOnlyIsRefused(String options, String fill) throws Exception {
        Path spool = Files.createDirectory(Path.of(guest.supervisor.spool().path()));
        assumeThat(sh("mount -t tmpfs " + options + " none " + spool + " 2>/dev/null"))
                .isZero();
        try {
            sh(fill.replace("SPOOL", spool.toString()) + " 2>/dev/null");
            Path count = guest.mark("count");
            assertThat(start("echo x >>" + count)).isEqualTo(new NoSpool());
            assertThat(guest.inspect(id, true).claim()).isEqualTo(new Claim.Nobody());
            assertThat(count).doesNotExist();
        } finally {
            assertThat(sh("umount " + spool)).isZero();
        }
    }

    @Test
    void removingTakesTheNamedAndTheOldThatCannotRunAnyMore() throws Exception {
        assertThat(start("echo out; echo error >&2")).isInstanceOf(Ended.class);
        String ended = left(old, "1 " + boot() + "\n", old, "exited 0\n");
        String before = left(old, "1 " + BOOT_BEFORE + "\n", old, "");
        String voided = left(old, "void\n", old, "");
        String mayRun = left(old, "1 " + boot() + "\n", old, "");
        String young = left(now, "1 " + boot() + "\n", now, "exited 0\n");
        Files.writeString(Path.of(guest.supervisor.spool().path(), "note"), "not ours");
        removeLeftovers(List.of());
        assertThat(names()).containsOnly(mayRun, young, "note").doesNotContain(ended, before, voided);
    }

    @Test
    void whatRanForLongIsOldOnlyWhenItsEndIs() throws Exception {
        assertThat(start("true")).isInstanceOf(Ended.class);
        String justEnded = left(old, "1 " + boot() + "\n", now, "exited 0\n");
        String wroteBeforeTheReboot = left(old, "1 " + BOOT_BEFORE + "\n", now, "");
        removeLeftovers(List.of());
        assertThat(names()).containsOnly(justEnded, wroteBeforeTheReboot);
    }

    @Test
    void whatIsFollowedIsLeftAloneHoweverOld() throws Exception {
        assertThat(start("true")).isInstanceOf(Ended.class);
        String ended = left(old, "1 " + boot() + "\n", old, "exited 0\n");
        String before = left(old, "1 " + BOOT_BEFORE + "\n", old, "");
        String another = left(old, "1 " + boot() + "\n", old, "exited 0\n");
        removeLeftovers(List.of(parse(ended), parse(before)));
        assertThat(names()).containsOnly(ended, before).doesNotContain(another);
    }

    @Test
    void removingTheNamedTakesNothingElse() throws Exception {
        assertThat(start("true")).isInstanceOf(Ended.class);
        String left = left(old, "1 " + boot() + "\n", old, "exited 0\n");
        assertThat(guest.finish(guest.supervisor.remove(List.of(id))).stdout())
                .asString()
                .isEqualTo("bellhop remove done\n");
        assertThat(names()).containsOnly(left);
    }

    @Test
    void removingManyTakesFewProcessesAndTheClaimsLast() throws Exception {
        assertThat(start("true")).isInstanceOf(Ended.class);
        List<ExecutionId> many = new ArrayList<>(List.of(id));
        for (int i = 0; i < 499; i++) {
            many.add(parse(left(now, "1 " + boot() + "\n", now, "exited 0\n")));
        }
        Path calls = guest.mark("calls");
        Path first = Files.createDirectory(folder.resolve("first"));
        Path rm = first.resolve("rm");
        Files.writeString(
                rm,
                "#!/bin/sh\ncase $* in\n*.run*.out*|*.out*.run*) echo both ;;\n*.run*) echo claims ;;\n*) echo others ;;\n"
                        + "esac >>" + calls + "\nexec /bin/rm \"$@\"\n");
        Files.setPosixFilePermissions(rm, PosixFilePermissions.fromString("rwx------"));

        // Not by PATH: the shell of some busyboxes knows an rm of its own.
        ExecCommand remove = guest.supervisor.remove(many);
        guest.finish(ExecCommand.of(
                remove.path(),
                remove.args().stream()
                        .map(arg -> arg.replace("rm -f", rm + " -f"))
                        .toArray(String[]::new)));

        assertThat(calls).hasContent("others\nclaims\nothers\nclaims");
        assertThat(names()).isEmpty();
    }

    @Test
    void nothingIsRemovedThroughALink() throws Exception {
        Path other = Files.createDirectory(folder.resolve("other"));
        Path file = Files.writeString(other.resolve(id + ".out"), "");
        Files.createSymbolicLink(Path.of(guest.supervisor.spool().path()), other);
        assertThat(guest.finish(guest.supervisor.remove(List.of(id))).stdout())
                .asString()
                .isEqualTo("bellhop remove absent\n");
        assertThat(file).exists();
    }

    private SupervisorReply start(String text) throws Exception {
        return guest.reply(guest.finish(guest.supervised(id, GuestCommand.shell(text))), id);
    }

    /** Names the one that has been started, and takes what is older than three days. */
    private void removeLeftovers(List<ExecutionId> followed) throws Exception {
        assertThat(guest.finish(guest.supervisor.removeWithLeftovers(List.of(id), followed, 3))
                        .stdout())
                .asString()
                .isEqualTo("bellhop remove done\n");
    }

    /** Of the spool's files, as far as a dot. */
    private List<String> names() throws Exception {
        try (Stream<Path> files = Files.list(Path.of(guest.supervisor.spool().path()))) {
            return files.map(f -> f.getFileName().toString().replaceAll("\\..*", ""))
                    .toList();
        }
    }

    /** @param last when its output, and its end where it has one, were written */
    private String left(Instant started, String claim, Instant last, String end) throws Exception {
        ExecutionId one = ShellGuest.newId();
        Spool spool = guest.supervisor.spool();
        write(spool.output(one, OutputStreamName.STDOUT), "x", last);
        write(spool.claim(one), claim, started);
        if (!end.isEmpty()) {
            write(spool.path() + "/" + one + ".end", end, last);
        }
        return one.toString();
    }

    private static void write(String file, String text, Instant when) throws Exception {
        Files.setLastModifiedTime(Files.writeString(Path.of(file), text), FileTime.from(when));
    }

    private static ExecutionId parse(String id) {
        return ExecutionId.parse(id).orElseThrow();
    }

    private static int sh(String text) throws Exception {
        return new ProcessBuilder("sh", "-c", text).inheritIO().start().waitFor();
    }

    private static UUID boot() throws Exception {
        return UUID.fromString(
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
    }
}
