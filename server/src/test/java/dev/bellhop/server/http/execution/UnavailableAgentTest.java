// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.execution;

import static dev.bellhop.server.app.TestClient.execPath;
import static dev.bellhop.server.app.TestClient.statusPath;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.hypervisor.qemu.FakeMonitor;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.testkit.FakeAgent;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Where no command can be run, the caller is told precisely why, and nothing was started. */
@Tag("real")
class UnavailableAgentTest {
    private static final Timeouts SHORT =
            new Timeouts(Duration.ofSeconds(30), Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofMillis(500));

    /** For so long a reply is taken as a sign of life; the server tells nobody when that is over. */
    private static final Duration TRUSTED_ALIVE = Duration.ofMillis(110);

    @TempDir
    private Path folder;

    private Path socket;
    private Path trace;

    @BeforeEach
    void paths() throws Exception {
        socket = folder.resolve("agent.sock");
        trace = folder.resolve("it-ran");
    }

    private TestServer server() {
        return TestServer.in(folder).vm(1, socket).timeouts(SHORT).start();
    }

    /** Sees that a command is refused for this reason, and that the two ways to ask whether one can be run agree. */
    private void assertUnavailable(TestServer server, String why) {
        TestAnswer answer = server.admin().tryExec(1, "touch " + trace);
        assertThat(answer.status()).as(answer.text()).isEqualTo(409);
        assertThat(answer.code()).isEqualTo("CONFLICT");
        assertThat(answer.message())
                .startsWith("Cannot run a command in VM 1 because ")
                .contains(why)
                .doesNotContain("touch");
        assertThat(trace).doesNotExist();
        JsonNode availability = server.admin().get(execPath(1)).data();
        assertThat(availability.path("available").booleanValue()).isFalse();
        assertThat(availability.path("message").stringValue()).contains(why);
        JsonNode status = server.admin().get(statusPath(1)).data();
        assertThat(status.path("agent").path("message").stringValue()).contains(why);
        assertThat(status.path("processes").isEmpty())
                .as("what was never started is no process")
                .isTrue();
    }

    @Test
    void noSocket() {
        try (TestServer server = server()) {
            assertUnavailable(server, "the VM is stopped");
        }
    }

    @Test
    void nobodyListens() throws Exception {
        try (RealAgent agent = RealAgent.start(Files.createDirectory(folder.resolve("a")))) {
            socket = agent.socket();
            agent.kill();
            try (TestServer server = server()) {
                assertUnavailable(server, "the VM is stopped");
            }
        }
    }

    @Test
    void aVmThatRunsHasNoAgentSocket() {
        try (FakeMonitor monitor = FakeMonitor.start(folder.resolve("m.sock"));
                TestServer server = TestServer.in(folder)
                        .vm(1, socket, monitor.socket())
                        .timeouts(SHORT)
                        .start()) {
            assertUnavailable(server, "the agent socket of the VM does not exist");
            monitor.state("paused");
            assertUnavailable(server, "the VM is paused");
        }
    }

    @Test
    void anAgentThatIsSilentGetsNoCommandLater() throws Exception {
        try (RealAgent agent = RealAgent.start(Files.createDirectory(folder.resolve("a")))) {
            socket = agent.socket();
            try (TestServer server = server()) {
                agent.stop();
                TestAnswer answer = server.admin().tryExec(1, "touch " + trace);
                assertThat(answer.status()).as(answer.text()).isEqualTo(409);
                assertThat(answer.message()).contains("does not answer");
                agent.cont();
                server.admin().run(1, "true");
                assertThat(trace).as("the command that was refused").doesNotExist();
            }
        }
    }

    /** The connection is there and was good a moment ago, so the greeting is no longer what finds it out. */
    @Test
    void anAgentThatHangsBetweenCommandsGetsNoCommandLater() throws Exception {
        try (RealAgent agent = RealAgent.start(Files.createDirectory(folder.resolve("a")))) {
            socket = agent.socket();
            try (TestServer server = server()) {
                server.admin().run(1, "true");
                Thread.sleep(TRUSTED_ALIVE);
                agent.stop();
                TestAnswer answer = server.admin().tryExec(1, "touch " + trace);
                assertThat(answer.status()).as(answer.text()).isEqualTo(409);
                agent.cont();
                server.admin().run(1, "true");
                assertThat(trace).doesNotExist();
            }
        }
    }

    /**
     * Its processors stand still, so its agent hears nothing and would do all of it later. Each answer is there long before
     * the time that an agent has, which is more than the test has.
     */
    @Test
    @Timeout(60)
    void aPausedVmIsSaidToBeAtOnceAndGetsNoCommandLater() throws Exception {
        Timeouts endless = new Timeouts(
                Duration.ofMinutes(5), Duration.ofMinutes(5), Duration.ofSeconds(5), Duration.ofMinutes(5));
        try (RealAgent agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
                FakeMonitor monitor = FakeMonitor.start(folder.resolve("m.sock"));
                TestServer server = TestServer.in(folder)
                        .vm(1, agent.socket(), monitor.socket())
                        .timeouts(endless)
                        .channelIdle(Duration.ofMinutes(5))
                        .start()) {
            // First to a guest of which nothing is known, then on a connection that was good a moment ago.
            for (int i = 0; i < 3; i++) {
                Thread.sleep(i == 0 ? Duration.ZERO : TRUSTED_ALIVE);
                monitor.state("paused");
                agent.stop();
                TestAnswer answer = server.admin().tryExec(1, "touch " + trace);
                assertThat(answer.status()).as(answer.text()).isEqualTo(409);
                assertThat(answer.message())
                        .isEqualTo("Cannot run a command in VM 1 because the VM is paused; resume it and try again");
                monitor.state("running");
                agent.cont();
                server.admin().run(1, "true");
                assertThat(trace).as("the command that was refused").doesNotExist();
            }
        }
    }

    @Test
    void guestExecIsBlocked() throws Exception {
        try (RealAgent agent =
                RealAgent.start(Files.createDirectory(folder.resolve("a")), "-b", "guest-exec,guest-exec-status")) {
            socket = agent.socket();
            try (TestServer server = server()) {
                assertUnavailable(server, "guest-exec");
                JsonNode status = server.admin().get(statusPath(1)).data();
                assertThat(status.path("agent").path("version").stringValue()).isNotEmpty();
            }
        }
    }

    @Test
    void theAgentIsTooOldToRunCommands() {
        try (FakeAgent agent = FakeAgent.start(socket);
                TestServer server = server()) {
            TestAnswer answer = server.admin().tryExec(1, "x");
            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.message()).contains("too old").contains("guest-exec");
            assertThat(agent.requests()).isNotEmpty();
        }
    }

    @Test
    void theAgentRefuses() {
        try (FakeAgent agent = FakeAgent.start(socket);
                TestServer server = server()) {
            agent.on("guest-exec", (request, wire) -> wire.error("GenericError", "Guest has no shell"));
            TestAnswer answer = server.admin().tryExec(1, "x");
            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.message()).contains("Guest has no shell");
        }
    }

    @Test
    void theAgentTalksNonsense() {
        try (FakeAgent agent = FakeAgent.start(socket);
                TestServer server = server()) {
            agent.on("guest-sync", (request, wire) -> wire.line("<html>"));
            TestAnswer answer = server.admin().tryExec(1, "x");
            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.message()).contains("guest agent").doesNotContain("html");
        }
    }
}
