// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.script.ShellGuest.Kind;
import dev.bellhop.server.execution.script.SupervisorReply.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands in guests that systemd runs, on every shell. */
@Timeout(60)
@ParameterizedClass
@EnumSource(Kind.class)
@Tag("real")
class SupervisorSystemdTest {
    private final Path folder;
    private final ShellGuest guest;

    SupervisorSystemdTest(Kind kind, @TempDir Path folder) {
        this.folder = folder;
        guest = new ShellGuest(kind, folder);
    }

    @AfterEach
    void end() {
        guest.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSystemdGuestHasTheCommandInAServiceOfItsOwn(boolean works) throws Exception {
        ExecutionId id = ShellGuest.newId();
        ExecCommand exec = guest.supervised(
                id, TestCommand.shell("cat").withStdin(new byte[] {'i', 'n'}).get());
        long pid = guest.start(underSystemd(exec, works).withInput(new byte[] {'i', 'n'}));
        Ended ended = (Ended) guest.reply(guest.await(pid), id);
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("in");
        assertThat(ShellGuest.text(ended.stderr())).isEmpty();
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
        long pid = guest.start(ShellGuest.replaced(exec, "setsid \"$0\"", setsid + " \"$0\""));
        Path input = Path.of(guest.supervisor.spool().stdin(id));
        Awaitility.await().until(() -> Files.exists(input));
        Files.writeString(input, "in", StandardOpenOption.APPEND);
        Files.createFile(Path.of(guest.supervisor.spool().stdinEnd(id)));
        Ended ended = (Ended) guest.reply(guest.await(pid), id);
        assertThat(ShellGuest.text(ended.stdout())).isEqualTo("in");
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
        ExecCommand here = ShellGuest.replaced(
                exec, "/run/systemd/system", folder.resolve("systemd").toString());
        here = ShellGuest.replaced(
                here, "/sys/fs/cgroup", folder.resolve("cgroup").toString());
        return ShellGuest.replaced(here, "systemd-run", systemdRun.toString());
    }

    private Path serviceProcesses() {
        return folder.resolve("cgroup/system.slice/bellhop-commands.service/cgroup.procs");
    }

    private Path program(String name, String text) throws Exception {
        Path file = Files.writeString(folder.resolve(name), "#!" + guest.shell() + "\n" + text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }
}
