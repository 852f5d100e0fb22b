// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.hypervisor.qemu.FakeMonitor;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Whether commands can be run in a VM, asked and waited for. */
@Timeout(90)
@Tag("real")
class V2AvailabilityTest {
    private static final String PATH = "/api/v2/vps/1/availability";

    @TempDir
    private Path folder;

    private RealAgent agent;
    private FakeMonitor monitor;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        monitor = FakeMonitor.start(folder.resolve("m.sock"));
        server = TestServer.in(folder).vm(1, agent.socket(), monitor.socket()).start();
    }

    @AfterEach
    void stop() {
        server.close();
        monitor.close();
        agent.close();
    }

    @Test
    void anAgentThatIsThereIsAvailableAndTheListKnows() {
        assertThat(server.admin().get("/api/v2/vps").json().at("/items/0").has("agent"))
                .as("nobody has asked yet")
                .isFalse();

        JsonNode answer = server.admin().get(PATH + "?wait=60").json();

        assertThat(answer.propertyNames())
                .containsExactlyInAnyOrder("availability", "since", "lastAnsweredAt", "agentVersion", "vmRunning");
        assertThat(answer.path("availability").asString()).isEqualTo("available");
        JsonNode listed = server.admin().get("/api/v2/vps").json().at("/items/0/agent");
        assertThat(listed.path("availability").asString()).isEqualTo("available");
        assertThat(listed.path("since")).isEqualTo(answer.path("since"));
    }

    @Test
    void aWaitEndsWhenTheVmIsResumed() throws Exception {
        monitor.state("paused");
        JsonNode paused = server.admin().get(PATH).json();
        assertThat(paused.path("availability").asString()).isEqualTo("vm_paused");
        assertThat(paused.path("reason").asString()).contains("the VM is paused");
        assertThat(paused.path("vmRunning").booleanValue()).isTrue();

        CompletableFuture<TestAnswer> waiting =
                CompletableFuture.supplyAsync(() -> server.admin().get(PATH + "?wait=60&while=vm_paused"));
        monitor.state("running");

        assertThat(waiting.get(50, TimeUnit.SECONDS).json().path("availability").asString())
                .isEqualTo("available");
    }

    @Test
    void aWaitIsOverWhenItsTimeIs() {
        monitor.state("paused");
        assertThat(server.admin()
                        .get(PATH + "?wait=0.05")
                        .json()
                        .path("availability")
                        .asString())
                .isEqualTo("vm_paused");
    }

    @Test
    void nobodyIsKeptWaitingWhoseKeyIsRevoked() throws Exception {
        monitor.state("paused");
        var key = server.makeKey(List.of("read:vm"), null);
        CompletableFuture<TestAnswer> waiting =
                CompletableFuture.supplyAsync(() -> server.client(key.secret()).get(PATH + "?wait=60"));
        while (!server.admin().get("/metrics").text().contains("bellhop_followers 1.0")) {
            Thread.onSpinWait();
        }
        server.admin().send("DELETE", "/api/v2/keys/" + key.id(), request -> {});
        assertThat(waiting.get(50, TimeUnit.SECONDS).status()).isEqualTo(401);
    }

    @Test
    void nobodyIsKeptWaitingWhoseVmIsAnothers() throws Exception {
        monitor.state("paused");
        TestClient owner = server.tenant(server.makeAccount("first", 1), "read:vm");
        CompletableFuture<TestAnswer> waiting = CompletableFuture.supplyAsync(() -> owner.get(PATH + "?wait=60"));
        while (!server.admin().get("/metrics").text().contains("bellhop_followers 1.0")) {
            Thread.onSpinWait();
        }
        server.makeAccount("second", 1);
        assertThat(waiting.get(30, TimeUnit.SECONDS).status()).isEqualTo(404);
    }

    @Test
    void whatCannotBeWaitedForIsSaid() {
        assertThat(server.admin().get(PATH + "?wait=61").status()).isEqualTo(400);
        assertThat(server.admin().get(PATH + "?while=asleep").status()).isEqualTo(400);
    }
}
