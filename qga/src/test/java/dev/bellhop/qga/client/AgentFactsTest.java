// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.await;
import static dev.bellhop.qga.client.Soon.run;
import static dev.bellhop.qga.client.Soon.sh;
import static dev.bellhop.qga.client.Soon.soon;
import static dev.bellhop.qga.client.Soon.verySoon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.AgentTimeoutException.Stage;
import dev.bellhop.qga.CaptureOutput;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAddress;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.GuestFileSystem;
import dev.bellhop.qga.GuestInterface;
import dev.bellhop.qga.GuestList;
import dev.bellhop.qga.OsInfo;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.testkit.RealAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a real agent does, as far as this client and its users rely on it. */
@Timeout(60)
@Tag("real")
class AgentFactsTest {

    private static final String SYNC = "{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":5}}\n";

    @TempDir
    Path folder;

    private RealAgent real;
    private GuestAgent agent;

    @BeforeEach
    void start() {
        real = RealAgent.start(folder);
        agent = AgentClient.onUnixSocket(real.socket(), GuestAgentOptions.defaults());
    }

    @AfterEach
    void end() {
        agent.close();
        real.close();
    }

    @Test
    void aSecondClientIsAnsweredWhenTheFirstLeaves() throws Exception {
        agent.ping(soon());
        try (GuestAgent second = AgentClient.onUnixSocket(real.socket(), GuestAgentOptions.defaults())) {
            AgentTimeoutException late =
                    catchThrowableOfType(AgentTimeoutException.class, () -> second.ping(verySoon()));
            assertThat(late.stage()).isEqualTo(Stage.GREETING);
            assertThat(late.mayHaveActed()).isFalse();
            agent.close();
            second.ping(soon());
        }
    }

    @Test
    void aSentinelGivesAnErrorAndASyncASentinelAndAReply() throws Exception {
        try (RawClient client = new RawClient(real.socket())) {
            client.send("\u00FF" + SYNC);
            assertThat(client.line()).startsWith("{\"error\": {\"class\": \"GenericError\"");
            assertThat(client.line()).isEqualTo("\u00FF{\"return\": 5}");
        }
    }

    @Test
    void halfAMessageSpoilsTheNextUnlessASentinelIsBetween() throws Exception {
        try (RawClient client = new RawClient(real.socket())) {
            client.send("{\"execute\":\"guest-pi");
        }
        try (RawClient client = new RawClient(real.socket())) {
            client.send("{\"execute\":\"guest-ping\"}\n");
            assertThat(client.line()).startsWith("{\"error\": {\"class\": \"GenericError\"");
            client.readUp();
        }
        try (RawClient client = new RawClient(real.socket())) {
            client.send("{\"execute\":\"guest-pi");
        }
        agent.ping(soon());
    }

    @Test
    void oneMalformedRequestCanGiveSeveralErrorLines() throws Exception {
        try (RawClient client = new RawClient(real.socket())) {
            client.send("}}\n{\"execute\":\"guest-ping\"}\n");
            assertThat(client.line()).contains("GenericError");
            assertThat(client.line()).contains("GenericError");
        }
    }

    @Test
    void anIdComesBackInTheReplyAndInTheError() throws Exception {
        try (RawClient client = new RawClient(real.socket())) {
            client.send("{\"execute\":\"guest-ping\",\"id\":9223372036854775807}\n");
            assertThat(client.line()).isEqualTo("{\"return\": {}, \"id\": 9223372036854775807}");
            client.send("{\"execute\":\"guest-file-close\",\"arguments\":{\"handle\":1},\"id\":4}\n");
            assertThat(client.line()).contains("\"id\": 4").contains("\"error\"");
        }
    }

    @Test
    void aRequestWithANoncharacterIsRefusedWithoutItsId() throws Exception {
        try (RawClient client = new RawClient(real.socket())) {
            client.send("{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"\\uFFFE\"},\"id\":4}\n");
            assertThat(client.line()).contains("\"error\"").doesNotContain("\"id\"");
        }
        assertThatThrownBy(() -> ExecCommand.of("\uFFFE")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aMissingCommandIsToldFromADisabledOne() throws Exception {
        try (RawClient client = new RawClient(real.socket())) {
            client.send("{\"execute\":\"guest-none\"}\n");
            assertThat(client.line())
                    .isEqualTo("{\"error\": {\"class\": \"CommandNotFound\", "
                            + "\"desc\": \"The command guest-none has not been found\"}}");
        }
        assertThat(agent.info(soon()).supports("guest-exec")).isTrue();
        assertThat(agent.info(soon()).supports("guest-none")).isFalse();
    }

    /** Whoever asks: the guest is this machine. */
    @ParameterizedTest
    @ValueSource(strings = {"guest-shutdown", "guest-set-time", "guest-set-user-password", "guest-fstrim"})
    void noAgentOfATestChangesThisMachine(String name) throws Exception {
        assertThat(agent.info(soon()).commands()).containsEntry(name, false);
    }

    @Test
    void aBlockedCommandIsListedAsDisabledAndRefused() throws Exception {
        Path other = Files.createDirectory(folder.resolve("b"));
        try (RealAgent blocking = RealAgent.start(other, "-b", "guest-exec");
                GuestAgent client = AgentClient.onUnixSocket(blocking.socket(), GuestAgentOptions.defaults())) {
            assertThat(client.info(soon()).commands()).containsEntry("guest-exec", false);
            assertThatThrownBy(() -> client.exec(ExecCommand.of("/bin/true"), soon()))
                    .isInstanceOfSatisfying(RpcDisabledException.class, e -> {
                        assertThat(e.rpc()).isEqualTo("guest-exec");
                        assertThat(e.mayHaveActed()).isFalse();
                    });
            client.ping(soon());
        }
    }

    @Test
    void theHostNameIsToldAsTheKernelHasIt() throws Exception {
        assertThat(agent.hostName(soon()))
                .isEqualTo(
                        Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
    }

    @Test
    void theInterfacesAreToldWithTheirAddresses() throws Exception {
        GuestInterface loopback = agent.networkInterfaces(soon()).items().stream()
                .filter(found -> found.name().equals("lo"))
                .findAny()
                .orElseThrow();
        assertThat(loopback.hardwareAddress()).isEqualTo("00:00:00:00:00:00");
        assertThat(loopback.addresses().items()).contains(new GuestAddress("127.0.0.1", 8));
    }

    @Test
    void theFileSystemsAreToldWithTheirUse() throws Exception {
        List<String> mounted = Files.readAllLines(Path.of("/proc/self/mounts"));
        GuestList<GuestFileSystem> found = agent.fileSystems(soon());
        assertThat(found.items()).allSatisfy(system -> {
            assertThat(mounted).anyMatch(line -> line.contains(" " + system.mountPoint() + " "));
            assertThat(system.usedBytes()).isPositive();
            assertThat(system.totalBytes()).isGreaterThanOrEqualTo(system.usedBytes());
        });
    }

    @Test
    void usersTimeZoneAndLoadAreTold() throws Exception {
        assertThat(agent.users(soon()).cut()).isFalse();
        assertThat(agent.timeZone(soon()).offset()).isNotNull();
        assertThat(agent.load(soon()).fifteenMinutes()).isNotNegative();
    }

    @Test
    void theOperatingSystemIsToldAsItsReleaseFileHasIt() throws Exception {
        OsInfo os = agent.osInfo(soon());
        assertThat(Files.readAllLines(Path.of("/etc/os-release")))
                .anyMatch(line -> line.replace("\"", "").equals("ID=" + os.id()))
                .anyMatch(line -> line.replace("\"", "").equals("PRETTY_NAME=" + os.prettyName()));
        assertThat(os.kernelRelease())
                .isEqualTo(
                        Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());
        assertThat(os.machine()).isNotNull();
        assertThat(os.isWindows()).isFalse();
    }

    @Test
    void aResultIsToldOnce() throws Exception {
        long pid = agent.exec(ExecCommand.of("/bin/true"), soon());
        assertThat(await(agent, pid).exitCode()).isZero();
        assertThatThrownBy(() -> agent.execStatus(pid, soon()))
                .isInstanceOfSatisfying(
                        AgentErrorException.class,
                        e -> assertThat(e.isUnknownPid()).isTrue());
    }

    @Test
    void outputComesAfterTheEndAlone() throws Exception {
        Path go = folder.resolve("go");
        long pid = agent.exec(
                ExecCommand.of("/bin/sh", "-c", "echo early; while [ ! -e " + go + " ]; do sleep 0.01; done"), soon());
        ExecStatus running = agent.execStatus(pid, soon());
        assertThat(running.exited()).isFalse();
        assertThat(running.stdout()).isEmpty();
        assertThat(running.exitCode()).isNull();
        Files.createFile(go);
        assertThat(await(agent, pid).stdout()).asString().isEqualTo("early\n");
    }

    @Test
    void anEmptyStreamHasNoFields() throws Exception {
        long pid = agent.exec(ExecCommand.of("/bin/true"), soon());
        agent.close();
        String reply;
        try (RawClient client = new RawClient(real.socket())) {
            do {
                client.send("{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":" + pid + "}}\n");
                reply = client.line();
            } while (reply.contains("\"exited\": false"));
        }
        assertThat(reply).contains("\"exitcode\": 0").doesNotContain("data").doesNotContain("truncated");
    }

    @Test
    void aStreamIsCutAtSixteenMebibytes() throws Exception {
        ExecStatus status = sh(agent, "head -c 17000000 /dev/zero; echo -n whole >&2");
        assertThat(status.stdout()).hasSize(16 * 1024 * 1024);
        assertThat(status.stdoutTruncated()).isTrue();
        assertThat(status.stderr()).asString().isEqualTo("whole");
        assertThat(status.stderrTruncated()).isFalse();
    }

    @Test
    void aChildThatHoldsTheOutputKeepsACommandRunning() throws Exception {
        Path go = folder.resolve("go");
        Path done = folder.resolve("done");
        long pid = agent.exec(
                ExecCommand.of(
                        "/bin/sh",
                        "-c",
                        "(while [ ! -e " + go + " ]; do sleep 0.01; done; echo child) & echo > " + done),
                soon());
        while (!Files.exists(done)) {
            Thread.sleep(2);
        }
        assertThat(agent.execStatus(pid, soon()).exited()).isFalse();
        Files.createFile(go);
        assertThat(await(agent, pid).stdout()).asString().isEqualTo("child\n");
    }

    @Test
    void anEnvironmentReplacesTheWholeOne() throws Exception {
        ExecStatus status = run(agent, ExecCommand.of("/usr/bin/env").withEnv(List.of("A=1", "B=zwei ü")));
        assertThat(status.stdout()).asString().isEqualTo("A=1\nB=zwei ü\n");
    }

    @Test
    void anArgumentHasALimitAndASpawnFailureComesAtOnce() throws Exception {
        ExecStatus status = run(agent, ExecCommand.of("/usr/bin/printf", "%s", "x".repeat(131_071)));
        assertThat(status.stdout()).hasSize(131_071);
        assertThatThrownBy(() -> agent.exec(ExecCommand.of("/usr/bin/printf", "%s", "x".repeat(131_072)), soon()))
                .isInstanceOf(AgentErrorException.class);
        assertThatThrownBy(() -> agent.exec(ExecCommand.of("/no/such/program"), soon()))
                .isInstanceOfSatisfying(AgentErrorException.class, e -> {
                    assertThat(e.mayHaveActed()).isFalse();
                    assertThat(e.isUnknownPid()).isFalse();
                    assertThat(e.description()).contains("/no/such/program");
                    assertThat(e).hasMessageNotContaining("/no/such");
                });
    }

    @Test
    void eightMebibytesOfInputArrive() throws Exception {
        byte[] input = new byte[8 * 1024 * 1024];
        input[12345] = 'x';
        ExecStatus status = run(agent, ExecCommand.of("/bin/cat").withInput(input));
        assertThat(status.stdout()).isEqualTo(input);
    }

    @Test
    void bothStreamsCanBeMergedOrThrownAway() throws Exception {
        ExecCommand command = ExecCommand.of("/bin/sh", "-c", "echo a; echo b >&2");
        assertThat(run(agent, command.withCapture(CaptureOutput.MERGED)).stdout())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("a\nb\n");
        ExecStatus status = run(agent, command.withCapture(CaptureOutput.NONE));
        assertThat(status.exitCode()).isZero();
        assertThat(status.stdout()).isEmpty();
        assertThat(status.stderr()).isEmpty();
    }

    @Test
    void aProcessGroupOfItsOwnCanBeKilledAndTheSignalIsTold() throws Exception {
        long pid = agent.exec(ExecCommand.of("setsid", "/bin/sh", "-c", "sleep 600 & sleep 600"), soon());
        assertThat(agent.execStatus(pid, soon()).exited()).isFalse();
        // setsid must have made the group before it can be killed. The form matters: dash, as many a /bin/sh, does
        // not know "kill -TERM -- -PID".
        while (!Objects.equals(sh(agent, "kill -TERM -" + pid).exitCode(), 0)) {
            Thread.sleep(2);
        }
        ExecStatus status = await(agent, pid);
        assertThat(status.signal()).isEqualTo(15);
        assertThat(status.exitCode()).isNull();
    }

    @Test
    void aCommandSurvivesItsClientsConnectionAndNotItsAgent() throws Exception {
        long pid = agent.exec(ExecCommand.of("/bin/sh", "-c", "echo kept"), soon());
        agent.close();
        try (GuestAgent next = AgentClient.onUnixSocket(real.socket(), GuestAgentOptions.defaults())) {
            assertThat(await(next, pid).stdout()).asString().isEqualTo("kept\n");
            long lost = next.exec(ExecCommand.of("/bin/true"), soon());
            real.restart();
            assertThatThrownBy(() -> next.execStatus(lost, soon()))
                    .isInstanceOfSatisfying(
                            AgentErrorException.class,
                            e -> assertThat(e.isUnknownPid()).isTrue());
        }
    }
}
