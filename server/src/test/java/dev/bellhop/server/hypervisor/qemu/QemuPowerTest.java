// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.VmPower.Switch;
import dev.bellhop.server.hypervisor.VmPowerException;
import dev.bellhop.server.hypervisor.VmPowerException.Kind;
import dev.bellhop.server.vm.VmId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The switches of a VM of plain QEMU: its monitor, and the command that starts it. */
@Timeout(60)
@Tag("real")
class QemuPowerTest {
    private static final VmId VM = new VmId(10000);

    @TempDir
    private Path folder;

    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(StartCommand.class);

    @BeforeEach
    void readTheLog() {
        logged.start();
        logger.addAppender(logged);
    }

    @AfterEach
    void leaveTheLog() {
        logger.detachAppender(logged);
    }

    private String log() {
        return logged.list.stream().map(ILoggingEvent::getFormattedMessage).collect(Collectors.joining("\n"));
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    private static QemuPower power(FakeQemu vm, String... start) {
        return new QemuPower(
                VM,
                new VmSockets(
                        vm.agentSocket(),
                        vm.monitorSocket(),
                        start.length == 0 ? null : new StartCommand(List.of(start))));
    }

    private static VmPowerException failure(ThrowingCallable work) {
        return catchThrowableOfType(VmPowerException.class, work);
    }

    private String[] script(String text) throws Exception {
        return new String[] {"/bin/sh", "-c", text, "start", folder.toString()};
    }

    @Test
    void eachSwitchIsAWordToTheMonitor() throws Exception {
        try (FakeQemu vm = new FakeQemu(folder).on()) {
            vm.obeysButton = false;
            QemuPower power = power(vm);
            power.press(Switch.POWER_BUTTON, soon());
            power.press(Switch.RESET, soon());
            power.press(Switch.STOP, soon());

            assertThat(vm.told()).containsExactly("system_powerdown", "system_reset", "quit");
            Awaitility.await().until(() -> !vm.isOn());
        }
    }

    @Test
    void aVmThatIsOffIsSaidToBe() {
        FakeQemu vm = new FakeQemu(folder);

        VmPowerException off = failure(() -> power(vm).press(Switch.STOP, soon()));
        assertThat(off.kind()).isEqualTo(Kind.REFUSED);
        assertThat(off).hasMessageContaining("it is off");
    }

    @Test
    void aMonitorThatIsSilentMayHaveDoneIt() {
        try (FakeQemu vm = new FakeQemu(folder).on()) {
            vm.answers = false;

            VmPowerException silent =
                    failure(() -> power(vm).press(Switch.RESET, Deadline.after(Duration.ofMillis(300))));
            assertThat(silent.kind()).isEqualTo(Kind.UNREACHABLE);
        }
    }

    @Test
    void whatIsMissingIsToldBefore() {
        QemuPower bare = new QemuPower(VM, new VmSockets(folder.resolve("a"), null, null));
        for (Switch each : Switch.values()) {
            assertThat(bare.missing(each)).as(each.name()).isPresent();
        }
        assertThat(failure(() -> bare.press(Switch.STOP, soon())).kind()).isEqualTo(Kind.NOT_SUPPORTED);
        assertThat(failure(() -> bare.press(Switch.START, soon())).kind()).isEqualTo(Kind.NOT_SUPPORTED);
        FakeQemu vm = new FakeQemu(folder);
        assertThat(power(vm).missing(Switch.START))
                .hasValueSatisfying(why -> assertThat(why).contains("start"));
        assertThat(power(vm, "/bin/true").missing(Switch.START)).isEmpty();
    }

    @Test
    void theMonitorStartsAGuestWhoseProcessStayed() throws Exception {
        try (FakeQemu vm = new FakeQemu(folder).on()) {
            vm.state = "shutdown";
            power(vm, "/bin/false").press(Switch.START, soon());

            assertThat(vm.told()).containsExactly("system_reset", "cont");
        }
    }

    /** What a VM that is started a second time would do to its disk cannot be undone. */
    @Test
    void aVmThatRunsAsFarAsCanBeToldIsNotStarted() throws Exception {
        try (RealQemu qemu = RealQemu.start(folder)) {
            Path elsewhere = folder.resolve("elsewhere");
            Path started = folder.resolve("started");
            QemuPower monitorMistyped = power(qemu.agent(), elsewhere, started);
            assertRefused(monitorMistyped, "process " + qemu.pid() + " listens on its agent's socket");
            assertRefused(power(elsewhere, qemu.monitor(), started), "listens on its monitor");
            assertRefused(power(qemu.agent(), null, started), "listens on its agent's socket");

            Files.delete(qemu.agent());
            assertRefused(monitorMistyped, "whose file is gone");
            Path link = Files.createSymbolicLink(folder.resolveSibling(folder.getFileName() + "-link"), folder);
            try {
                assertRefused(power(link.resolve("qga"), elsewhere, started), "whose file is gone");
            } finally {
                Files.delete(link);
            }
            assertThat(started).doesNotExist();
        }
    }

    /** Somebody may have taken a socket's place, and another network namespace hides it. */
    @Test
    void norIsOneWhoseQemuHasTheSocketOnItsCommandLine() throws Exception {
        Path agent = folder.resolve("a");
        Process qemu = namedQemu(agent);
        try {
            assertRefused(
                    power(agent, null, folder.resolve("started")),
                    "process " + qemu.pid() + ", a QEMU, has its agent's");
            power(folder.resolve("b"), agent.resolveSibling("aa"), folder.resolve("started"))
                    .press(Switch.START, soon());
        } finally {
            qemu.destroyForcibly();
        }
    }

    /** As of /var/run, which is /run. */
    @Test
    void norIsOneWhoseQemuWasStartedByALinkToTheFolder() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolveSibling(folder.getFileName() + "-link"), folder);
        Path started = folder.resolve("started");
        Process named = namedQemu(link.resolve("a"));
        try (RealQemu qemu = RealQemu.start(link)) {
            Files.delete(qemu.agent());
            Files.delete(qemu.monitor());
            assertRefused(power(folder.resolve("qga"), null, started), "whose file is gone");
            assertRefused(power(folder.resolve("none"), folder.resolve("qmp"), started), "whose file is gone");
            assertRefused(power(folder.resolve("a"), null, started), "process " + named.pid() + ", a QEMU");
            assertThat(started).doesNotExist();
        } finally {
            named.destroyForcibly();
            Files.delete(link);
        }
    }

    /** QEMU closes its sockets first, and its process ends a little later. */
    @Test
    void aQemuThatIsAboutToEndIsWaitedFor() throws Exception {
        Path agent = folder.resolve("a");
        Path started = folder.resolve("started");
        Process qemu = namedQemu(agent);
        try {
            Thread start = Thread.ofVirtual()
                    .unstarted(() -> failure(() -> power(agent, null, started).press(Switch.START, soon())));
            start.start();
            // It looks again, or has given up.
            Awaitility.await()
                    .until(() -> start.getState() == Thread.State.TIMED_WAITING
                            || start.getState() == Thread.State.TERMINATED);
            qemu.destroyForcibly();
            start.join();
            assertThat(started).exists();
        } finally {
            qemu.destroyForcibly();
        }
    }

    /** A process that is a QEMU by its command line, and listens on nothing. */
    private static Process namedQemu(Path agent) throws Exception {
        Process qemu = new ProcessBuilder(
                        "/bin/bash",
                        "-c",
                        "exec -a /usr/bin/qemu-system-x86_64 sh -c 'read line' x \"$@\"",
                        "x",
                        "-chardev",
                        "socket,id=a,path=" + agent + ",server=on")
                .start();
        Awaitility.await().until(() -> QemuCommandLine.of(qemu.pid()).isQemu());
        return qemu;
    }

    @Test
    void aVmThatIsOffIsStarted() throws Exception {
        RealQemu qemu = RealQemu.start(folder);
        qemu.close();
        Path started = folder.resolve("started");
        Awaitility.await().ignoreExceptions().untilAsserted(() -> {
            power(qemu.agent(), qemu.monitor(), started).press(Switch.START, soon());
            assertThat(started).exists();
        });
    }

    private static QemuPower power(Path agent, @Nullable Path monitor, Path started) {
        return new QemuPower(
                VM, new VmSockets(agent, monitor, new StartCommand(List.of("/usr/bin/touch", started.toString()))));
    }

    private static void assertRefused(QemuPower power, String why) {
        VmPowerException refused = failure(() -> power.press(Switch.START, Deadline.after(Duration.ofSeconds(1))));
        assertThat(refused.kind()).isEqualTo(Kind.REFUSED);
        assertThat(refused).hasMessageContaining("it runs already").hasMessageContaining(why);
    }

    @Test
    void theCommandIsRunWithoutAShellOfOursAndIsToldWhichVm() throws Exception {
        StartCommand command = new StartCommand(List.of(
                "/bin/sh", "-c", "printf '%s|' \"$@\" > \"$0\"", folder + "/told", "a b", "$HOME", "vm-{vmid}"));
        command.of(new VmId(7)).run(VM, soon());

        assertThat(Files.readString(folder.resolve("told"))).isEqualTo("a b|$HOME|vm-7|");
    }

    /** Its own session, no file but an end of a pipe, no variables but harmless ones; it may write as much as it likes. */
    @Test
    void theCommandHasNothingOfTheServers() throws Exception {
        new StartCommand(List.of(script(
                        "ls /proc/$$/fd > $1/fds; env | sort > $1/env; o=$(readlink /proc/$$/fd/1); echo $o > $1/out;"
                                + " cut -d' ' -f6 /proc/$$/stat > $1/session; echo $$ > $1/pid;"
                                + " yes | head -c 1000000; yes | head -c 1000000 >&2")))
                .run(VM, soon());

        // One more is that of what lists them.
        assertThat(Files.readAllLines(folder.resolve("fds"))).doesNotContain("4", "5", "6", "7", "8");
        assertThat(Files.readString(folder.resolve("out")).strip()).isEqualTo("/dev/null");
        assertThat(Files.readString(folder.resolve("session"))).isEqualTo(Files.readString(folder.resolve("pid")));
        assertThat(Files.readAllLines(folder.resolve("env")))
                .allMatch(line -> line.matches("(PATH|HOME|USER|LOGNAME|LANG|LC_ALL|TZ|PWD|OLDPWD|SHLVL|_)=.*"));
    }

    @Test
    void whatItStartsLivesOnWithoutIt() throws Exception {
        new StartCommand(List.of(script("sleep 60 & echo $! > $1/pid"))).run(VM, soon());
        ProcessHandle child = ProcessHandle.of(
                        Long.parseLong(Files.readString(folder.resolve("pid")).strip()))
                .orElseThrow();
        try {
            assertThat(child.isAlive()).isTrue();
        } finally {
            child.destroyForcibly();
        }
    }

    /** A VM may be left with that stderr, and must neither end nor wait because nobody reads it any more. */
    @Test
    void whatItLeavesBehindMayStillWrite() throws Exception {
        new StartCommand(List.of(
                        script("mkfifo $1/go; (read line < $1/go; yes | head -c 1000000 >&2; echo $? > $1/wrote) &")))
                .run(VM, soon());
        Files.writeString(folder.resolve("go"), "now\n");

        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(folder.resolve("wrote")).exists().hasContent("0"));
        assertThat(log()).isEmpty();
    }

    /** Those who ask for a start may be customers, and what the operator's programs say is none of their business. */
    @Test
    void whyItFailedIsInTheLogAlone() throws Exception {
        List<String> command = List.of(script("echo 'to stdout'; echo 'no disk for it' >&2; exit 3"));
        VmPowerException failed = failure(() -> new StartCommand(command).run(VM, soon()));

        assertThat(failed.kind()).isEqualTo(Kind.REFUSED);
        assertThat(failed)
                .hasMessage("its start command failed with exit code 3; the server's log has what it said")
                .hasNoCause();
        assertThat(log())
                .isEqualTo("The start command of VM 10000, /bin/sh, failed with exit code 3."
                        + " It wrote to stderr, at the end: no disk for it");
    }

    @Test
    void theLogHasTheEndOfItInOneLineThatIsSafeToShow() {
        failure(() -> new StartCommand(
                        List.of(script("seq 1 100000 >&2; printf 'a\\033[31mb\\r\\n\\377c\\n' >&2; exit 1")))
                .run(VM, soon()));

        assertThat(log())
                .endsWith(
                        "at the end: 99993 | 99994 | 99995 | 99996 | 99997 | 99998 | 99999 | 100000 | a<U+001B>[31mb | \uFFFDc");
    }

    @Test
    void theLogSaysIfItWroteNothing() {
        failure(() -> new StartCommand(List.of("/bin/false")).run(VM, soon()));

        assertThat(log()).endsWith("failed with exit code 1. It wrote nothing to stderr");
    }

    @Test
    void aFailedCommandIsNotWaitedForByWhatItLeavesBehind() throws Exception {
        failure(() -> new StartCommand(List.of(script("sleep 60 & echo $! > $1/pid; exit 1"))).run(VM, soon()));
        long left = Long.parseLong(Files.readString(folder.resolve("pid")).strip());
        ProcessHandle.of(left).ifPresent(ProcessHandle::destroyForcibly);

        assertThat(log()).endsWith("because a process that it started still has its stderr");
    }

    @Test
    void aProgramThatIsNotThereIsAFailure() {
        VmPowerException failed = failure(() -> new StartCommand(List.of(folder + "/none")).run(VM, soon()));
        assertThat(failed.kind()).isEqualTo(Kind.REFUSED);
        assertThat(failed).hasMessageContaining("127").hasMessageContaining("no such program");
        assertThat(log()).contains("none: ");
    }

    @Test
    void aCommandThatDoesNotEndIsEnded() throws Exception {
        VmPowerException late = failure(() -> new StartCommand(List.of(script("echo $$ > $1/pid; exec sleep 60")))
                .run(VM, Deadline.after(Duration.ofSeconds(1))));

        assertThat(late.kind()).isEqualTo(Kind.UNREACHABLE);
        @Nullable
        ProcessHandle left = ProcessHandle.of(
                        Long.parseLong(Files.readString(folder.resolve("pid")).strip()))
                .orElse(null);
        Awaitility.await().until(() -> left == null || !left.isAlive());
    }
}
