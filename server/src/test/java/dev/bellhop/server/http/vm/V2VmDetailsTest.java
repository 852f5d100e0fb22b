// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.hypervisor.qemu.FakeMonitor;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.testkit.FakeAgent;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A VM, and what its guest tells of itself: VM 1 has a real agent, VM 2 one that tells what the test says, VM 3 is off. */
@Tag("real")
class V2VmDetailsTest {
    private static final String VERSION =
            "{\"version\": \"2.5.0\", \"supported_commands\": [{\"name\": \"guest-exec\", \"enabled\": true},"
                    + " {\"name\": \"guest-exec-status\", \"enabled\": true},"
                    + " {\"name\": \"guest-get-users\", \"enabled\": false}]}";

    @TempDir
    private Path folder;

    private RealAgent real;
    private FakeAgent fake;
    private FakeMonitor monitor;
    private TestServer server;
    private TestClient client;

    @BeforeEach
    void start() throws Exception {
        real = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        fake = FakeAgent.start(folder.resolve("b.sock"));
        fake.on("guest-info", (request, wire) -> wire.reply(VERSION));
        monitor = FakeMonitor.start(folder.resolve("m.sock"));
        server = TestServer.in(folder)
                .vm(1, real.socket(), monitor.socket())
                .vm(2, fake.socket())
                .vm(3, folder.resolve("none.sock"), folder.resolve("none.qmp"))
                .timeouts(new Timeouts(
                        Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ofSeconds(1)))
                .start();
        client = server.admin();
    }

    @AfterEach
    void stop() {
        server.close();
        monitor.close();
        fake.close();
        real.close();
    }

    private JsonNode get(String path) {
        return client.get("/api/v2/vps/" + path).json();
    }

    private long asked(String command) {
        return fake.requests().stream()
                .filter(request -> request.command().equals(command))
                .count();
    }

    @Test
    void aRealGuestTellsAllOfIt() throws Exception {
        JsonNode told = get("1/agent");

        assertThat(told.path("available").asBoolean()).isTrue();
        assertThat(told.path("vmRunning").asBoolean()).isTrue();
        assertThat(told.has("toldAt")).isTrue();
        assertThat(told.path("version").asString()).matches("\\d+\\.\\d+.*");
        assertThat(told.path("supported").valueStream().map(JsonNode::asString)).contains("guest-exec");
        assertThat(told.path("os").path("id").asString()).isNotEmpty();
        assertThat(told.path("hostName").asString())
                .isEqualTo(
                        Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
        assertThat(told.path("interfaces")
                        .valueStream()
                        .filter(one -> one.path("name").asString().equals("lo"))
                        .flatMap(one -> one.path("addresses").valueStream())
                        .map(one -> one.path("address").asString()))
                .contains("127.0.0.1");
        assertThat(told.path("fileSystems").isArray()).isTrue();
        assertThat(told.path("users").isArray()).isTrue();
        assertThat(told.path("timeZone").has("offsetSeconds")).isTrue();
        assertThat(told.path("load").has("oneMinute")).isTrue();
        assertThat(told.path("notTold").isEmpty()).isTrue();
        assertThat(told.path("cut").isEmpty()).isTrue();
    }

    @Test
    void whatAGuestDoesNotTellIsAbsentWithTheReason() {
        fake.on("guest-get-host-name", (request, wire) -> wire.reply("{\"host-name\": \"old\"}"));
        fake.on("guest-get-timezone", (request, wire) -> wire.error("GenericError", "no zone here"));
        fake.on("guest-get-fsinfo", (request, wire) -> wire.reply("{}"));
        fake.on(
                "guest-get-users",
                (request, wire) -> wire.error(
                        "CommandNotFound", "The command guest-get-users has been disabled for this instance"));

        JsonNode told = get("2/agent");

        assertThat(told.path("hostName").asString()).isEqualTo("old");
        assertThat(told.path("blocked").path(0).asString()).isEqualTo("guest-get-users");
        assertThat(told.propertyNames())
                .doesNotContain("os", "interfaces", "fileSystems", "users", "timeZone", "load", "reason");
        assertThat(told.path("notTold")
                        .valueStream()
                        .map(one -> one.path("name").asString() + " "
                                + one.path("why").asString()))
                .containsExactly(
                        "os missing",
                        "timeZone failed",
                        "load missing",
                        "processors missing",
                        "memory missing",
                        "clockDifferenceSeconds missing",
                        "users blocked",
                        "interfaces missing",
                        "fileSystems failed");
        assertThat(told.path("notTold").path(1).path("reason").asString())
                .isEqualTo("the guest agent refused: no zone here");
    }

    @Test
    void afterSilenceNothingMoreIsAsked() {
        fake.on("guest-get-osinfo", (request, wire) -> wire.reply("{\"id\": \"slow\"}"));
        fake.on("guest-get-host-name", (request, wire) -> wire.hangUp());

        JsonNode told = get("2/agent");

        assertThat(told.path("os").path("id").asString()).isEqualTo("slow");
        assertThat(told.path("notTold").valueStream().map(one -> one.path("why").asString()))
                .hasSize(9)
                .containsOnly("failed");
        assertThat(asked("guest-network-get-interfaces")).isZero();
    }

    @Test
    void aGuestThatListsTooMuchIsCut() {
        String user = "{\"user\": \"u\"}";
        fake.on("guest-get-users", (request, wire) -> wire.reply("[" + (user + ",").repeat(200) + user + "]"));
        String address = "{\"ip-address\": \"192.0.2.1\", \"prefix\": 24}";
        fake.on(
                "guest-network-get-interfaces",
                (request, wire) -> wire.reply("[{\"name\": \"\\u001b[2Jeth0\", \"ip-addresses\": ["
                        + (address + ",").repeat(50) + address + "]}]"));

        JsonNode told = get("2/agent");

        assertThat(told.path("users").size()).isEqualTo(100);
        assertThat(told.path("interfaces").path(0).path("addresses").size()).isEqualTo(16);
        assertThat(told.path("interfaces").path(0).path("name").asString()).isEqualTo("\\u001B[2Jeth0");
        assertThat(told.path("cut").valueStream().map(JsonNode::asString)).containsExactly("addresses", "users");
    }

    @Test
    void aVmThatIsOffHasAReasonAndNothingElse() {
        JsonNode told = get("3/agent");

        assertThat(told.propertyNames()).containsExactlyInAnyOrder("available", "reason", "vmRunning");
        assertThat(told.path("available").asBoolean()).isFalse();
        assertThat(told.path("vmRunning").asBoolean()).isFalse();
        assertThat(told.path("reason").asString()).contains("the VM is stopped");

        JsonNode vm = get("3");
        assertThat(vm.propertyNames()).containsExactlyInAnyOrder("vmid", "status", "agent");
        assertThat(vm.path("status").asString()).isEqualTo("stopped");
        assertThat(vm.path("agent").path("reason").asString()).contains("the VM is stopped");

        assertThat(get("3/status").propertyNames()).containsExactlyInAnyOrder("vmid", "status", "vmRunning");
    }

    @Test
    void aGuestThatAnswersAndRunsNothingIsNotAvailable() {
        fake.on(
                "guest-info",
                (request, wire) -> wire.reply(VERSION.replace("\"enabled\": true", "\"enabled\": false")));
        fake.on("guest-get-host-name", (request, wire) -> wire.reply("{\"host-name\": \"shut\"}"));

        JsonNode told = get("2/agent");

        assertThat(told.path("available").asBoolean()).isFalse();
        assertThat(told.path("reason").asString()).contains("guest-exec");
        assertThat(told.path("hostName").asString()).isEqualTo("shut");
    }

    @Test
    void aVmIsToldWithItsAgentInShort() {
        JsonNode vm = get("1");

        assertThat(vm.path("vmid").asLong()).isEqualTo(1);
        assertThat(vm.path("status").asString()).isEqualTo("running");
        assertThat(vm.path("uptimeSeconds").asLong()).isNotNegative();
        assertThat(vm.path("agent").path("available").asBoolean()).isTrue();
        assertThat(vm.path("agent").path("version").asString()).isNotEmpty();
        assertThat(vm.propertyNames()).doesNotContain("os", "addresses", "account");
    }

    @Test
    void aListTellsWhatGuestsHaveToldLatelyAndAsksNone() {
        fake.on("guest-get-osinfo", (request, wire) -> wire.reply("{\"id\": \"x\", \"pretty-name\": \"X 1\"}"));
        fake.on(
                "guest-network-get-interfaces",
                (request, wire) ->
                        wire.reply("[{\"name\": \"lo\", \"ip-addresses\": [{\"ip-address\": \"127.0.0.1\"}]},"
                                + " {\"name\": \"e\", \"ip-addresses\": [{\"ip-address\": \"fe80::1\"},"
                                + " {\"ip-address\": \"192.0.2.7\"}]}]"));

        JsonNode before = client.get("/api/v2/vps").json().path("items").path(1);
        assertThat(before.propertyNames()).containsExactlyInAnyOrder("vmid", "status");
        assertThat(fake.requests()).isEmpty();

        get("2/agent");
        JsonNode after = client.get("/api/v2/vps").json().path("items").path(1);
        assertThat(after.path("os").asString()).isEqualTo("X 1");
        assertThat(after.path("addresses").valueStream().map(JsonNode::asString))
                .containsExactly("192.0.2.7");
    }

    @Test
    void whatAVmTellsAfterItHasGoneToAnotherOwnerIsNotTold() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        fake.on("guest-get-osinfo", (request, wire) -> {
            asked.countDown();
            goOn.await();
            wire.reply("{\"id\": \"secret\"}");
        });
        TestClient owner = server.tenant(server.makeAccount("first", 2), "read:vm");
        CompletableFuture<TestAnswer> waiting = CompletableFuture.supplyAsync(() -> owner.get("/api/v2/vps/2/agent"));
        asked.await();
        server.makeAccount("second", 2);
        goOn.countDown();

        TestAnswer answer = waiting.get(30, TimeUnit.SECONDS);
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.text()).doesNotContain("secret");
    }

    @Test
    void whatAVmToldItsFormerOwnerIsForgotten() {
        fake.on("guest-get-osinfo", (request, wire) -> wire.reply("{\"id\": \"x\"}"));
        String first = server.makeAccount("first", 2);
        TestClient owner = server.tenant(first, "read:vm");
        assertThat(owner.get("/api/v2/vps/2/agent").status()).isEqualTo(200);
        assertThat(owner.get("/api/v2/vps/2").json().path("os").asString()).isEqualTo("x");

        String second = server.makeAccount("second", 2);

        assertThat(owner.get("/api/v2/vps/2/agent").status()).isEqualTo(404);
        TestClient next = server.tenant(second, "read:vm");
        assertThat(next.get("/api/v2/vps/2").json().has("os")).isFalse();
        next.get("/api/v2/vps/2/agent");
        assertThat(asked("guest-get-osinfo")).isEqualTo(2);
    }
}
