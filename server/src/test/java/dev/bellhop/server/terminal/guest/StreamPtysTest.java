// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.PortedVm;
import dev.bellhop.server.terminal.PtyEnd;
import dev.bellhop.server.terminal.PtyOutput;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.PtyWay;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.TerminalModes;
import dev.bellhop.server.terminal.WindowSize;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.testkit.Processes;
import dev.bellhop.testkit.RealAgent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ptys over a stream into a guest that is this machine. */
@Timeout(120)
@Tag("real")
class StreamPtysTest {
    private static final VmId VM = PortedVm.ID;
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private final Others others = new Others();
    private RealAgent agent;
    private PortedVm vm;
    private GuestStreams streams;
    private StreamPtys ptys;

    /** Notes what it is asked for. */
    private static final class Others implements LocalPtys {
        final List<String> asked = new ArrayList<>();

        @Override
        public Optional<PtyWay> open(VmId vm, TerminalId id, PtySpec spec, Duration timeout) {
            asked.add("open");
            return Optional.of(PtyWay.agent(null));
        }

        @Override
        public PtyOutput read(VmId vm, TerminalId id, long offset, int limit, Duration longest) {
            asked.add("read");
            return PtyOutput.nothing();
        }

        @Override
        public void write(VmId vm, TerminalId id, long offset, byte[] bytes, Duration timeout) {
            asked.add("write");
        }

        @Override
        public void resize(VmId vm, TerminalId id, WindowSize size) {
            asked.add("resize");
        }

        @Override
        public void hangUp(VmId vm, TerminalId id) {
            asked.add("hangUp");
        }

        @Override
        public void forget(VmId vm, TerminalId id) {
            asked.add("forget");
        }

        @Override
        public void letGo(TerminalId id) {
            asked.add("letGo");
        }
    }

    @BeforeEach
    void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        vm = new PortedVm(agent.socket(), folder);
        streams = new GuestStreams(new VmDirectory(List.of(vm)), folder, new SimpleMeterRegistry());
        ptys = new StreamPtys(streams, others);
    }

    @AfterEach
    void stop() {
        streams.close();
        vm.close();
        agent.close();
    }

    private PtySpec spec(String user, String... argv) {
        return new PtySpec(
                new WindowSize(80, 24), user, folder.toString(), Map.of("TERM", "dumb", "GIVEN", "a b"), List.of(argv));
    }

    private static TerminalId id() {
        return new TerminalId(UUID.randomUUID());
    }

    private String readTo(TerminalId id, String wanted) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (!all.toString(StandardCharsets.UTF_8).contains(wanted)) {
            PtyOutput output = ptys.read(VM, id, all.size(), 65_536, TIMEOUT);
            assertThat(output.end()).as(all.toString(StandardCharsets.UTF_8)).isNull();
            all.writeBytes(output.bytes());
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    private PtyEnd readToEnd(TerminalId id, ByteArrayOutputStream all) throws Exception {
        while (true) {
            PtyOutput output = ptys.read(VM, id, all.size(), 65_536, TIMEOUT);
            all.writeBytes(output.bytes());
            PtyEnd end = output.end();
            if (end != null) {
                return end;
            }
        }
    }

    @Test
    void itTypesResizesAndTellsTheEnd() throws Exception {
        TerminalId id = id();
        String script =
                "stty size; echo $USER $TERM $GIVEN; pwd; tty <&0 | grep -c pts; read x; echo got $x; stty size; exit 9";
        assertThat(ptys.open(VM, id, spec("root", "sh", "-c", script), TIMEOUT)).contains(PtyWay.STREAM);
        String first = readTo(id, "\r\n1\r\n");
        assertThat(first).isEqualTo("24 80\r\nroot dumb a b\r\n" + folder + "\r\n1\r\n");
        ptys.resize(VM, id, new WindowSize(100, 30));
        byte[] typed = "hällo\r".getBytes(StandardCharsets.UTF_8);
        ptys.write(VM, id, 0, typed, TIMEOUT);
        // What is typed twice at the same place is typed once.
        ptys.write(VM, id, 0, typed, TIMEOUT);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(first.getBytes(StandardCharsets.UTF_8));
        assertThat(readToEnd(id, all)).isEqualTo(new PtyEnd(9, null));
        String rest = all.toString(StandardCharsets.UTF_8).substring(first.length());
        assertThat(rest).isEqualTo("hällo\r\ngot hällo\r\n30 100\r\n");
        ptys.forget(VM, id);
        assertThat(others.asked).isEmpty();
    }

    @Test
    void whatWasReadLastCanBeReadAgain() throws Exception {
        TerminalId id = id();
        ptys.open(VM, id, spec("root", "sh", "-c", "printf abcdef; read x"), TIMEOUT);
        assertThat(readTo(id, "abcdef")).isEqualTo("abcdef");
        assertThat(ptys.read(VM, id, 5, 3, TIMEOUT).bytes()).asString().isEqualTo("f");
        ptys.forget(VM, id);
    }

    @Test
    void whatWasReadBeforeThatIsNoMore() throws Exception {
        TerminalId id = id();
        ptys.open(VM, id, spec("root", "sh", "-c", "printf abcdef; read x"), TIMEOUT);
        assertThat(ptys.read(VM, id, 0, 1, TIMEOUT).bytes()).asString().isEqualTo("a");
        assertThat(ptys.read(VM, id, 1, 1, TIMEOUT).bytes()).asString().isEqualTo("b");
        assertThat(ptys.read(VM, id, 0, 1, TIMEOUT)).isEqualTo(PtyOutput.ended(PtyEnd.LOST));
        assertThat(ptys.read(VM, id, 1, 1, TIMEOUT).bytes()).asString().isEqualTo("b");
        ptys.forget(VM, id);
    }

    @Test
    void muchOutputComesWhole() throws Exception {
        TerminalId id = id();
        ptys.open(VM, id, spec("root", "seq", "1", "300000"), TIMEOUT);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        assertThat(readToEnd(id, all)).isEqualTo(new PtyEnd(0, null));
        StringBuilder wanted = new StringBuilder();
        for (int i = 1; i <= 300_000; i++) {
            wanted.append(i).append("\r\n");
        }
        assertThat(all.toString(StandardCharsets.US_ASCII).contentEquals(wanted))
                .isTrue();
        ptys.forget(VM, id);
    }

    @Test
    void theModesChangeBeforeAnythingIsTyped() throws Exception {
        TerminalId id = id();
        PtySpec plain = spec("root", "sh", "-c", "read -r x; echo got $x; stty -a; read x");
        TerminalModes modes = new TerminalModes("1024 16384 4 0 0 0 8 0 2:8");
        ptys.open(
                VM,
                id,
                new PtySpec(plain.size(), plain.user(), plain.cwd(), plain.env(), plain.argv(), null, modes),
                TIMEOUT);
        ptys.write(VM, id, 0, "secret\r".getBytes(StandardCharsets.UTF_8), TIMEOUT);

        assertThat(readTo(id, "-extproc"))
                .startsWith("got secret\n")
                .contains("erase = ^H;", " -ixon ", " iutf8", " -onlcr ", " -echo ", " icrnl ", "\nisig ");
        ptys.forget(VM, id);
    }

    @Test
    void aCommandOverSshRunsInTheLoginShell() throws Exception {
        TerminalId id = id();
        PtySpec plain =
                spec("root", "/bin/sh", "-c", "echo {1..3} $SSH_CLIENT; [[ $SSH_TTY = $(tty) ]] && echo tty; read x");
        LoginSession login = new LoginSession(false, "192.0.2.1 50000 22", "192.0.2.1 50000 192.0.2.2 22");
        ptys.open(VM, id, new PtySpec(plain.size(), plain.user(), null, Map.of(), plain.argv(), login, null), TIMEOUT);

        assertThat(readTo(id, "tty\r\n")).isEqualTo("1 2 3 192.0.2.1 50000 22\r\ntty\r\n");
        ptys.forget(VM, id);
    }

    @Test
    void anotherUserHasItsOwnShellAndTerminal() throws Exception {
        TerminalId id = id();
        PtySpec spec = new PtySpec(
                new WindowSize(80, 24),
                "nobody",
                "/",
                Map.of(),
                List.of("sh", "-c", "id -un; echo hi >$(tty) && read x"));
        ptys.open(VM, id, spec, TIMEOUT);
        assertThat(readTo(id, "hi\r\n")).isEqualTo("nobody\r\nhi\r\n");
        ptys.forget(VM, id);
    }

    @Test
    void variablesOfTheCallerReachNothingOfRoots() throws Exception {
        Path module = folder.resolve("POSIX.pm");
        Path ran = folder.resolve("ran");
        Files.writeString(module, "open(my $f, '>', '" + ran + "'); package POSIX; 1;\n");
        Path program = Files.writeString(folder.resolve("perl"), "#!/bin/sh\necho >" + ran + "\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        TerminalId id = id();
        Map<String, String> env =
                Map.of("PERL5LIB", folder.toString(), "PATH", folder + ":/usr/bin:/bin", "A", "x,y=z");
        PtySpec spec = new PtySpec(
                new WindowSize(80, 24),
                "nobody",
                "/",
                env,
                List.of("/bin/sh", "-c", "echo $A $PERL5LIB $PATH; env | grep -c _bh_"));
        ptys.open(VM, id, spec, TIMEOUT);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        assertThat(readToEnd(id, all)).isEqualTo(new PtyEnd(1, null));
        assertThat(all.toString(StandardCharsets.UTF_8))
                .isEqualTo("x,y=z " + folder + " " + folder + ":/usr/bin:/bin\r\n0\r\n");
        assertThat(ran).doesNotExist();
        ptys.forget(VM, id);
    }

    @Test
    void aUserWhomTheGuestDoesNotKnowIsRefused() {
        assertThatThrownBy(() -> ptys.open(VM, id(), spec("no-such-user", "true"), TIMEOUT))
                .isInstanceOf(BellhopException.class)
                .hasMessageContaining("no such user");
        assertThat(others.asked).isEmpty();
    }

    @Test
    void whatIgnoresTheHangUpIsEndedWithForce() throws Exception {
        TerminalId id = id();
        Path pidFile = folder.resolve("pid");
        ptys.open(
                VM,
                id,
                spec("root", "sh", "-c", "trap '' HUP; echo $$ >" + pidFile + "; echo up; sleep 1000"),
                TIMEOUT);
        readTo(id, "up");
        long pid = Long.parseLong(Files.readString(pidFile).strip());
        ptys.hangUp(VM, id);
        Awaitility.await().atMost(TIMEOUT).until(() -> Processes.hasEnded(pid));
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        rest.writeBytes("up\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(readToEnd(id, rest)).isEqualTo(new PtyEnd(null, 9));
        ptys.forget(VM, id);
    }

    @Test
    void aForgottenOneHangsUp() throws Exception {
        TerminalId id = id();
        Path pidFile = folder.resolve("pid");
        ptys.open(VM, id, spec("root", "sh", "-c", "echo $$ >" + pidFile + "; echo up; exec sleep 1000"), TIMEOUT);
        readTo(id, "up");
        long pid = Long.parseLong(Files.readString(pidFile).strip());
        ptys.forget(VM, id);
        Awaitility.await().atMost(TIMEOUT).until(() -> Processes.hasEnded(pid));
    }

    @Test
    void aLostStreamIsTheEnd() throws Exception {
        TerminalId id = id();
        ptys.open(VM, id, spec("root", "sh", "-c", "echo up; exec sleep 1000"), TIMEOUT);
        readTo(id, "up\r\n");
        streams.forget(VM);
        assertThat(ptys.read(VM, id, 4, 100, TIMEOUT).end()).isEqualTo(PtyEnd.LOST);
        ptys.forget(VM, id);
    }

    @Test
    void aCommandThatMayRunIsNotStartedOnceMore() throws Exception {
        TerminalId id = id();
        ptys.open(VM, id, spec("root", "sh", "-c", "echo =$PPID=; exec sleep 1000"), TIMEOUT);
        String multiplexer = readTo(id, "=\r\n").replace("=", "").strip();
        assertThat(kill("-STOP", multiplexer)).isZero();
        try {
            assertThatThrownBy(() -> ptys.open(VM, id(), spec("root", "true"), TIMEOUT))
                    .isInstanceOfSatisfying(
                            BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE));
        } finally {
            assertThat(kill("-CONT", multiplexer)).isZero();
        }
        assertThat(others.asked).isEmpty();
        ptys.forget(VM, id);
    }

    private static int kill(String signal, String pid) throws Exception {
        return new ProcessBuilder("kill", signal, pid).start().waitFor();
    }

    @Test
    void withoutAStreamOthersMakeThePty() throws Exception {
        vm.hasStreams = false;
        TerminalId id = id();
        assertThat(ptys.open(VM, id, spec("root", "true"), TIMEOUT)).contains(PtyWay.agent("off"));
        ptys.write(VM, id, 0, new byte[] {1}, TIMEOUT);
        ptys.read(VM, id, 0, 1, TIMEOUT);
        ptys.resize(VM, id, new WindowSize(1, 1));
        ptys.hangUp(VM, id);
        ptys.forget(VM, id);
        assertThat(others.asked).containsExactly("open", "write", "read", "resize", "hangUp", "forget");
    }
}
