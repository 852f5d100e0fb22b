// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e;

import static org.awaitility.Awaitility.await;

import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.VmSockets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A window of a person at a terminal that changes its size. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
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
