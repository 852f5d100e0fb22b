// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.hypervisor.qemu.QemuHypervisor;
import dev.bellhop.server.hypervisor.qemu.VmSockets;
import dev.bellhop.server.terminal.PtyEnd;
import dev.bellhop.server.terminal.PtyOutput;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.TerminalModes;
import dev.bellhop.server.terminal.WindowSize;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.testkit.Processes;
import dev.bellhop.testkit.RealAgent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ptys by a real agent, whose guest is this machine. */
@Timeout(120)
@Tag("real")
class AgentPtysTest {
    private static final VmId VM = new VmId(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private RealAgent real;
    private VmDirectory directory;

    @BeforeEach
    void start() throws Exception {
        real = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        directory = new VmDirectory(List.of(QemuHypervisor.listed(
                Map.of(VM, new VmSockets(real.socket(), null, null)), GuestAgentOptions.defaults())));
    }

    @AfterEach
    void stop() {
        directory.close();
        real.close();
    }

    /** @param hidden a program that the guest is to lack */
    private AgentPtys ptys(Duration patience, String hidden) {
        return new AgentPtys(
                directory,
                new AgentHealth(Clock.systemUTC()),
                (vm, script, deadline) ->
                        run(directory.find(vm).orElseThrow().agent(), hiding(script, hidden), deadline),
                folder.resolve("spool").toString(),
                patience);
    }

    private static ExecCommand hiding(ExecCommand script, String hidden) {
        List<String> args = new java.util.ArrayList<>(script.args());
        args.set(
                1,
                args.get(1)
                        .replace(
                                "for _t in perl python3", "for _t in " + (hidden.equals("perl") ? "python3" : "perl")));
        byte[] input = script.input();
        ExecCommand hiding = ExecCommand.of(script.path(), args.toArray(String[]::new));
        return input == null ? hiding : hiding.withInput(input);
    }

    private static ExecStatus run(GuestAgent agent, ExecCommand script, Deadline deadline) throws AgentException {
        long pid = agent.exec(script, deadline);
        while (true) {
            ExecStatus status = agent.execStatus(pid, deadline);
            if (status.exited()) {
                return status;
            }
            try {
                Thread.sleep(2);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private boolean isSpoolEmpty() throws IOException {
        try (Stream<Path> left = Files.list(folder.resolve("spool"))) {
            return left.findAny().isEmpty();
        }
    }

    private PtySpec spec(String script) {
        return new PtySpec(
                new WindowSize(80, 24), "root", folder.toString(), Map.of("TERM", "dumb"), List.of("sh", "-c", script));
    }

    private static TerminalId id() {
        return new TerminalId(UUID.randomUUID());
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python3"})
    void muchGoesBothWaysAtOnce(String hidden) throws Exception {
        AgentPtys ptys = ptys(Duration.ofMinutes(1), hidden);
        TerminalId id = id();
        ptys.open(VM, id, spec("stty raw -echo; echo on; exec cat"), TIMEOUT);
        readTo(ptys, id, "on\n");
        byte[] bytes = new byte[6 << 20];
        new Random(6).nextBytes(bytes);
        CompletableFuture<Void> typing = CompletableFuture.runAsync(() -> {
            try {
                ptys.write(VM, id, 0, bytes, Duration.ofSeconds(90));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (all.size() < bytes.length) {
            all.writeBytes(ptys.read(VM, id, 3 + all.size(), 65_536, TIMEOUT).bytes());
            assertThat(typing).isNotCompletedExceptionally();
        }
        assertThat(all.toByteArray()).isEqualTo(bytes);
        typing.join();
        ptys.hangUp(VM, id);
    }

    private static String readTo(AgentPtys ptys, TerminalId id, String wanted) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (!all.toString(StandardCharsets.UTF_8).contains(wanted)) {
            PtyOutput output = ptys.read(VM, id, all.size(), 65_536, TIMEOUT);
            assertThat(output.end()).as(all.toString(StandardCharsets.UTF_8)).isNull();
            all.writeBytes(output.bytes());
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python3"})
    void eitherBridgeChangesTheModesBeforeAnythingIsTyped(String hidden) throws Exception {
        AgentPtys ptys = ptys(Duration.ofSeconds(60), hidden);
        TerminalId id = id();
        PtySpec plain = spec("read -r x; echo got $x; stty -a; exit 9");
        // -ixon, iutf8, -onlcr, -echo and "erase ^H".
        TerminalModes modes = new TerminalModes("1024 16384 4 0 0 0 8 0 2:8");
        ptys.open(
                VM,
                id,
                new PtySpec(plain.size(), plain.user(), plain.cwd(), plain.env(), plain.argv(), null, modes),
                TIMEOUT);
        ptys.write(VM, id, 0, "secret\r".getBytes(StandardCharsets.UTF_8), TIMEOUT);

        assertThat(readTo(ptys, id, "-extproc"))
                .startsWith("got secret\n")
                .contains("erase = ^H;", " -ixon ", " iutf8", " -onlcr ", " -echo ", " icrnl ", "\nisig ");
        ptys.forget(VM, id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python3"})
    void eitherBridgeRunsACommandOverSshInTheLoginShell(String hidden) throws Exception {
        AgentPtys ptys = ptys(Duration.ofSeconds(60), hidden);
        TerminalId id = id();
        PtySpec plain =
                spec("[[ -t 0 ]] && echo {1..3} $0 $SHELL $SSH_CLIENT; [ $SSH_TTY = $(tty) ] && echo tty; read x");
        LoginSession login = new LoginSession(false, "192.0.2.1 50000 22", "192.0.2.1 50000 192.0.2.2 22");
        ptys.open(VM, id, new PtySpec(plain.size(), plain.user(), null, Map.of(), plain.argv(), login, null), TIMEOUT);

        assertThat(readTo(ptys, id, "tty\r\n")).isEqualTo("1 2 3 /bin/bash /bin/bash 192.0.2.1 50000 22\r\ntty\r\n");
        ptys.hangUp(VM, id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python3"})
    void eitherBridgeTypesResizesAndTellsTheEnd(String hidden) throws Exception {
        AgentPtys ptys = ptys(Duration.ofSeconds(60), hidden);
        TerminalId id = id();
        ptys.open(VM, id, spec("stty size; read x; echo got $x; stty size; exit 9"), TIMEOUT);
        String first = readTo(ptys, id, "24 80\r\n");
        ptys.resize(VM, id, new WindowSize(100, 30));
        byte[] typed = "hällo\r".getBytes(StandardCharsets.UTF_8);
        ptys.write(VM, id, 0, typed, TIMEOUT);
        // What is typed twice at the same place is typed once.
        ptys.write(VM, id, 0, typed, TIMEOUT);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(first.getBytes(StandardCharsets.UTF_8));
        PtyEnd end = null;
        while (end == null) {
            PtyOutput output = ptys.read(VM, id, all.size(), 65_536, TIMEOUT);
            all.writeBytes(output.bytes());
            end = output.end();
        }
        assertThat(all.toString(StandardCharsets.UTF_8)).isEqualTo("24 80\r\nhällo\r\ngot hällo\r\n30 100\r\n");
        assertThat(end).isEqualTo(new PtyEnd(9, null));
        ptys.forget(VM, id);
        Awaitility.await().until(this::isSpoolEmpty);
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python3"})
    void muchOutputComesWholeAndLeavesLittleInTheGuest(String hidden) throws Exception {
        AgentPtys ptys = ptys(Duration.ofSeconds(60), hidden);
        TerminalId id = id();
        ptys.open(VM, id, spec("seq 1 600000; exit 0"), TIMEOUT);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        PtyEnd end = null;
        while (end == null) {
            PtyOutput output = ptys.read(VM, id, all.size(), 65_536, TIMEOUT);
            all.writeBytes(output.bytes());
            end = output.end();
        }
        StringBuilder wanted = new StringBuilder();
        for (int i = 1; i <= 600_000; i++) {
            wanted.append(i).append("\r\n");
        }
        assertThat(all.toString(StandardCharsets.US_ASCII).contentEquals(wanted))
                .isTrue();
        assertThat(end).isEqualTo(new PtyEnd(0, null));
        ptys.forget(VM, id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"perl", "python3"})
    void aBridgeWhoseServerIsGoneHangsUpAndTidiesUp(String hidden) throws Exception {
        AgentPtys ptys = ptys(Duration.ofSeconds(2), hidden);
        TerminalId id = id();
        ptys.open(VM, id, spec("trap '' HUP; echo $$ >" + folder.resolve("pid") + "; echo up; sleep 1000"), TIMEOUT);
        readTo(ptys, id, "up");
        long pid = Long.parseLong(Files.readString(folder.resolve("pid")).strip());
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> Processes.hasEnded(pid));
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(this::isSpoolEmpty);
    }

    @Test
    void anAgentThatIsRestartedIsNoEnd() throws Exception {
        AgentPtys ptys = ptys(Duration.ofSeconds(60), "python3");
        TerminalId id = id();
        ptys.open(VM, id, spec("echo up; exec cat"), TIMEOUT);
        String first = readTo(ptys, id, "up\r\n");
        real.restartKeepingProcesses();
        ptys.write(VM, id, 0, "still\r".getBytes(StandardCharsets.UTF_8), TIMEOUT);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(first.getBytes(StandardCharsets.UTF_8));
        while (!all.toString(StandardCharsets.UTF_8).endsWith("still\r\nstill\r\n")) {
            all.writeBytes(ptys.read(VM, id, all.size(), 65_536, TIMEOUT).bytes());
        }
        ptys.hangUp(VM, id);
        PtyEnd end = null;
        while (end == null) {
            PtyOutput output = ptys.read(VM, id, all.size(), 65_536, TIMEOUT);
            all.writeBytes(output.bytes());
            end = output.end();
        }
        assertThat(end).isEqualTo(new PtyEnd(null, 1));
        ptys.forget(VM, id);
    }
}
