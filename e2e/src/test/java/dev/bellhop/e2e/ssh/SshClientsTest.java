// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.ssh;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.SshAccess;
import dev.bellhop.e2e.terminal.Tmux;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.VmSockets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What takes a server in a process of its own, or a window: the server is killed under ssh, and a terminal changes its size. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("ssh")
class SshClientsTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(1);
    private static final String VM = "1.bellhop";

    private Path folder;
    private RealAgent agent;
    private E2eServer server;
    private SshAccess access;

    @BeforeAll
    void start(@TempDir Path given) throws Exception {
        folder = given.toRealPath();
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        server = E2eServer.startOn(
                folder,
                SshAccess.door() + "executions: {spool: " + folder.resolve("spool") + "}\n"
                        + "hypervisors: [{type: qemu, vms: {1: "
                        + new VmSockets(agent.socket(), Optional.empty()).toYaml() + "}}]\n");
        access = SshAccess.make(server, folder.resolve("ssh"));
    }

    @AfterAll
    void stop() {
        server.close();
        agent.close();
    }

    @Test
    void aCommandGoesOnWhereTheServerIsKilledAndItsLogIsWhole() throws Exception {
        Path go = folder.resolve("go");
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process ssh = new ProcessBuilder(access.ssh(
                        VM, "seq 1000; while ! [ -e " + go + " ]; do sleep 0.1; done; seq 1001 2000; exit 5"))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        await().atMost(TIMEOUT).until(() -> Files.readString(out).endsWith("\n1000\n"));

        server.kill();

        assertThat(ssh.onExit().get().exitValue()).isEqualTo(255);
        // As the connection's end reaches it.
        assertThat(Files.readString(err)).containsPattern("(?i)closed|reset|broken pipe");
        Files.createFile(go);
        server.startAgain();
        String id = access.bellhop("ps", "-a", "-q", "--label", "door=ssh").strip();
        String numbers = IntStream.rangeClosed(1, 2_000).mapToObj(i -> i + "\n").collect(joining());
        assertThat(access.tryBellhop("logs", "-f", id)).isEqualTo(new Checkout.Ended(5, numbers, ""));
    }

    @Test
    void aWindowThatIsMadeLargerIsTheTerminalsToo() throws Exception {
        try (Tmux tmux = Tmux.start(folder, 90, 30)) {
            tmux.open("ssh", Map.of(), access.ssh("-t", VM, "sh").toArray(String[]::new));
            awaitSize(tmux, "30 90");
            tmux.resize("ssh", 101, 27);
            awaitSize(tmux, "27 101");
            tmux.type("ssh", "exit 3", "Enter");
            await().atMost(TIMEOUT).until(() -> tmux.hasEnded("ssh"));
        }
    }

    private static void awaitSize(Tmux tmux, String size) {
        await().atMost(TIMEOUT).pollInterval(Duration.ofMillis(500)).until(() -> {
            tmux.type("ssh", "clear; stty size", "Enter");
            return tmux.screen("ssh").lines().anyMatch(size::equals);
        });
    }
}
