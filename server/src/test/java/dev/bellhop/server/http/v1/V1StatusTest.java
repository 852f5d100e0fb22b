// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v1;

import static dev.bellhop.server.app.TestClient.execPath;
import static dev.bellhop.server.app.TestClient.statusPath;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.hypervisor.qemu.FakeMonitor;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A VM's state, its agent and its recent commands over v1. The process behind the monitor is the test's own. */
@Tag("real")
class V1StatusTest {
    private static final long VM_PROCESS = ProcessHandle.current().pid();

    @TempDir
    private static Path folder;

    private static RealAgent agent;
    private static RealAgent otherAgent;
    private static FakeMonitor monitor;
    private static TestServer server;
    private static TestClient client;

    @BeforeAll
    static void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        otherAgent = RealAgent.start(Files.createDirectory(folder.resolve("b")));
        monitor = FakeMonitor.start(folder.resolve("m.sock"));
        server = TestServer.in(folder)
                .vm(1, agent.socket(), monitor.socket())
                .vm(2, otherAgent.socket())
                .vm(3, folder.resolve("none.sock"), folder.resolve("none.qmp"))
                .start();
        client = server.admin();
    }

    @AfterAll
    static void stop() {
        server.close();
        monitor.close();
        agent.close();
        otherAgent.close();
    }

    @BeforeEach
    void running() {
        monitor.state("running");
    }

    @Test
    void aRunningVmIsAnsweredFieldForField() {
        JsonNode data = client.get(statusPath(1)).data();

        assertThat(data.propertyNames())
                .containsExactlyInAnyOrder(
                        "success", "vmid", "status", "vmRunning", "pid", "uptime", "agent", "processes");
        assertThat(data.path("success").booleanValue()).isTrue();
        assertThat(data.path("vmid").longValue()).isEqualTo(1);
        assertThat(data.path("status").stringValue()).isEqualTo("running");
        assertThat(data.path("vmRunning").booleanValue()).isTrue();
        assertThat(data.path("pid").longValue()).isEqualTo(VM_PROCESS);
        assertThat(data.path("uptime").longValue()).isNotNegative();
        JsonNode agentData = data.path("agent");
        assertThat(agentData.propertyNames()).containsExactlyInAnyOrder("available", "message", "version");
        assertThat(agentData.path("available").booleanValue()).isTrue();
        assertThat(agentData.path("message").stringValue()).isEqualTo("QEMU Guest Agent is available");
        assertThat(agentData.path("version").stringValue()).matches("\\d+\\.\\d+.*");
    }

    @Test
    void recentCommandsAreListedNewestFirst() {
        List<Long> pids = new ArrayList<>();
        for (int code = 0; code < 3; code++) {
            pids.addFirst(client.exec(1, "exit " + code));
            client.result(1, pids.getFirst());
        }
        long running = client.exec(1, "sleep 30");

        JsonNode processes = client.get(statusPath(1)).data().path("processes");
        JsonNode newest = processes.path(0);
        assertThat(newest.path("pid").longValue()).isEqualTo(running);
        assertThat(newest.path("exited").booleanValue()).isFalse();
        assertThat(newest.has("exitcode")).isFalse();
        for (int i = 0; i < 3; i++) {
            JsonNode process = processes.path(i + 1);
            assertThat(process.propertyNames())
                    .containsExactlyInAnyOrder("pid", "command", "exited", "exitcode", "startedAt");
            assertThat(process.path("pid").longValue()).isEqualTo(pids.get(i));
            assertThat(process.path("command").stringValue()).isEqualTo("exit " + (2 - i));
            assertThat(process.path("exitcode").intValue()).isEqualTo(2 - i);
        }
    }

    @Test
    void theListOfCommandsEndsSomewhere() {
        for (int i = 0; i < 55; i++) {
            client.exec(2, "true " + i);
        }
        JsonNode processes = client.get(statusPath(2)).data().path("processes");

        assertThat(processes.size()).isEqualTo(50);
        assertThat(processes.path(0).path("command").stringValue()).isEqualTo("true 54");
    }

    @Test
    void theVmsOwnPidGivesTheAvailability() {
        TestAnswer withPid = client.get(execPath(1) + "?pid=" + VM_PROCESS);
        TestAnswer without = client.get(execPath(1));

        assertThat(withPid.data()).isEqualTo(without.data());
        assertThat(without.data().propertyNames())
                .containsExactlyInAnyOrder("success", "available", "message", "vmRunning");
        assertThat(without.data().path("message").stringValue()).isEqualTo("QEMU Guest Agent is available");
    }

    @Test
    void thePidOfAnotherVmsProcessIsNotFound() {
        assertThat(client.get(execPath(2) + "?pid=" + VM_PROCESS).status()).isEqualTo(404);
    }

    @Test
    void aPausedVmStillHasItsProcess() {
        monitor.state("paused");
        JsonNode data = client.get(statusPath(1)).data();

        assertThat(data.path("status").stringValue()).isEqualTo("paused");
        assertThat(data.path("vmRunning").booleanValue()).isTrue();
        assertThat(data.path("pid").longValue()).isEqualTo(VM_PROCESS);
    }

    @Test
    void aStoppedVmHasNeitherProcessNorUptime() {
        JsonNode data = client.get(statusPath(3)).data();

        assertThat(data.path("status").stringValue()).isEqualTo("stopped");
        assertThat(data.path("vmRunning").booleanValue()).isFalse();
        assertThat(data.has("pid")).isFalse();
        assertThat(data.has("uptime")).isFalse();
        assertThat(data.path("processes").isArray()).isTrue();
        assertThat(data.path("agent").path("available").booleanValue()).isFalse();
        assertThat(data.path("agent").path("message").stringValue()).contains("the VM is stopped");
        assertThat(data.path("agent").has("version")).isFalse();

        JsonNode availability = client.get(execPath(3)).data();
        assertThat(availability.path("available").booleanValue()).isFalse();
        assertThat(availability.path("vmRunning").booleanValue()).isFalse();
        assertThat(availability.path("message").stringValue()).contains("the VM is stopped");
    }

    @Test
    void aVmWithoutAMonitorRunsWhereItsAgentSocketAccepts() {
        JsonNode data = client.get(statusPath(2)).data();

        assertThat(data.path("status").stringValue()).isEqualTo("running");
        assertThat(data.has("pid")).isFalse();
        assertThat(data.has("uptime")).isFalse();
    }
}
