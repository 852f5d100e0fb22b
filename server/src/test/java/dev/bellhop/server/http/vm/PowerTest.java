// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.vm;

import static dev.bellhop.server.app.TestClient.statusPath;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.hypervisor.qemu.FakeQemu;
import dev.bellhop.server.hypervisor.qemu.RealQemu;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationSettings;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** VMs are switched on and off over v1 and v2. VM 1 is a fake QEMU with a start command, VM 2 has a monitor alone. */
@Timeout(120)
@Tag("real")
class PowerTest {
    @TempDir
    private Path folder;

    private FakeQemu vm;
    private FakeQemu other;
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        vm = new FakeQemu(Files.createDirectory(folder.resolve("v"))).on();
        other = new FakeQemu(Files.createDirectory(folder.resolve("w"))).on();
        server = TestServer.in(folder)
                .vm(1, vm.agentSocket(), vm.monitorSocket(), "/usr/bin/touch", folder + "/start")
                .vm(2, other.agentSocket(), other.monitorSocket())
                .vm(3, folder.resolve("none"))
                .power(OperationSettings.withGrace(Duration.ofSeconds(2)))
                .start();
        Thread.ofVirtual().start(this::startWhenTold);
    }

    /** What the start command would do by itself, if its VM were a process. */
    private void startWhenTold() {
        try {
            while (true) {
                if (Files.deleteIfExists(folder.resolve("start"))) {
                    vm.on();
                }
                Thread.sleep(20);
            }
        } catch (InterruptedException | java.io.IOException e) {
            // The test is over.
        }
    }

    @AfterEach
    void stop() {
        server.close();
        vm.close();
        other.close();
    }

    private static TestAnswer act(TestClient client, long vmid, String action, String body, String... headers) {
        return client.send("POST", "/api/v2/vps/" + vmid + "/actions/" + action, request -> {
            if (!body.isEmpty()) {
                request.method("POST", BodyPublishers.ofString(body));
            }
            if (headers.length > 0) {
                request.headers(headers);
            }
        });
    }

    private static JsonNode ended(TestClient client, TestAnswer begun) {
        assertThat(begun.status()).as(begun.text()).isEqualTo(202);
        return client.get(begun.json().path("pollUrl").asString() + "?wait=60").json();
    }

    private static List<String> steps(JsonNode operation) {
        List<String> names = new ArrayList<>();
        operation.path("steps").forEach(step -> names.add(step.path("name").asString()));
        return names;
    }

    @Test
    void v1AnswersFieldForField() {
        TestClient client = server.admin();
        TestAnswer begun = client.post(statusPath(1), "{\"action\": \"shutdown\", \"force\": true}");

        assertThat(begun.status()).isEqualTo(200);
        JsonNode data = begun.data();
        assertThat(data.propertyNames())
                .containsExactlyInAnyOrder("success", "action", "jobId", "message", "estimated_time");
        assertThat(data.path("action").stringValue()).isEqualTo("shutdown");
        assertThat(data.path("message").stringValue()).isEqualTo("shutdown operation queued");
        assertThat(data.path("estimated_time").isInt()).isTrue();

        String path = "/api/jobs/" + data.path("jobId").stringValue();
        Awaitility.await()
                .until(() -> client.get(path).data().path("isCompleted").booleanValue());
        JsonNode job = client.get(path).data();
        assertThat(job.propertyNames())
                .containsExactlyInAnyOrder(
                        "success",
                        "jobId",
                        "type",
                        "vmId",
                        "state",
                        "status",
                        "progress",
                        "progressMessage",
                        "isCompleted",
                        "isFailed",
                        "isRunning",
                        "isWaiting",
                        "createdAt",
                        "finishedAt",
                        "result");
        assertThat(job.path("type").stringValue()).isEqualTo("shutdown");
        assertThat(job.path("vmId").longValue()).isEqualTo(1);
        assertThat(job.path("state").stringValue()).isEqualTo("completed");
        assertThat(job.path("status").stringValue()).isEqualTo("completed");
        assertThat(job.path("progress").intValue()).isEqualTo(100);
        assertThat(job.path("isRunning").booleanValue()).isFalse();
        assertThat(client.get(statusPath(1)).data().path("status").stringValue())
                .isEqualTo("stopped");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"action\": \"reset\"}", "{\"action\": \"explode\"}", "{}", "{\"action\": 1}", "x"})
    void whatV1DoesNotKnowIsABadRequest(String body) {
        TestAnswer answer = server.admin().post(statusPath(1), body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("code").stringValue()).isEqualTo("BAD_REQUEST");
        assertThat(vm.told()).isEmpty();
    }

    @Test
    void aGuestIsAskedAndStartedAgain() {
        TestClient client = server.admin();
        TestAnswer begun = act(client, 1, "restart", "");
        assertThat(begun.headers().firstValue("Location"))
                .hasValue(begun.json().path("pollUrl").asString());
        JsonNode end = ended(client, begun);

        assertThat(end.path("state").stringValue()).as(end.toString()).isEqualTo("completed");
        assertThat(steps(end)).containsExactly("asking_agent", "off", "starting");
        assertThat(vm.told()).containsExactly("guest-shutdown {\"mode\":\"powerdown\"}");
        assertThat(vm.isOn()).isTrue();
    }

    @Test
    void aGuestThatDoesNotCareRunsOnUnlessForced() {
        TestClient client = server.admin();
        vm.obeysAgent = false;
        vm.obeysButton = false;
        JsonNode failed = ended(client, act(client, 1, "shutdown", "{\"graceSeconds\": 1}"));
        assertThat(failed.path("state").stringValue()).isEqualTo("failed");
        assertThat(failed.path("reason").stringValue())
                .startsWith("Cannot shut down VM 1 because its guest has not switched itself off in 1 seconds");
        assertThat(vm.isOn()).isTrue();

        JsonNode forced = ended(client, act(client, 1, "shutdown", "{\"graceSeconds\": 1, \"force\": true}"));
        assertThat(forced.path("state").stringValue()).as(forced.toString()).isEqualTo("completed");
        assertThat(steps(forced)).containsExactly("asking_agent", "pressing_button", "pulling_plug");
        assertThat(vm.isOn()).isFalse();
    }

    @Test
    void resetAndStop() {
        TestClient client = server.admin();
        assertThat(ended(client, act(client, 2, "reset", "")).path("state").stringValue())
                .isEqualTo("completed");
        assertThat(ended(client, act(client, 2, "stop", "{}")).path("state").stringValue())
                .isEqualTo("completed");
        assertThat(other.told()).containsExactly("system_reset", "quit");
    }

    @Test
    void whatHasNoSwitchIsAConflictAndNothingIsStored() {
        TestClient client = server.admin();
        TestAnswer start = act(client, 2, "start", "");
        assertThat(start.status()).isEqualTo(409);
        assertThat(start.json().path("code").stringValue()).isEqualTo("not_supported");
        assertThat(start.json().path("detail").stringValue()).contains("names nothing that starts it");
        assertThat(act(client, 3, "stop", "").json().path("detail").stringValue())
                .contains("names no monitor of it");
        TestAnswer v1 = client.post(statusPath(2), "{\"action\": \"restart\"}");
        assertThat(v1.status()).isEqualTo(409);
        assertThat(v1.json().path("code").stringValue()).isEqualTo("CONFLICT");
        assertThat(client.get("/api/v2/vps/2/operations").json().path("items").isEmpty())
                .isTrue();
    }

    /** What runs must not be started a second time, and what is told to a monitor that is another VM's happens there. */
    @Test
    void aVmOfWhichNothingIsKnownIsNotSwitched() throws Exception {
        try (RealQemu qemu = RealQemu.start(Files.createDirectory(folder.resolve("q")));
                RealQemu another = RealQemu.start(Files.createDirectory(folder.resolve("r")))) {
            for (Path monitor : List.of(folder.resolve("mistyped"), another.monitor())) {
                server.close();
                Files.deleteIfExists(folder.resolve("start"));
                server = TestServer.in(Files.createDirectory(folder.resolve("s" + monitor.getFileName())))
                        .vm(4, qemu.agent(), monitor, "/usr/bin/touch", folder + "/start")
                        .start();
                TestClient client = server.admin();
                for (String action : List.of("start", "shutdown", "stop", "restart", "reset")) {
                    TestAnswer answer = act(client, 4, action, "");
                    assertThat(answer.status()).as(answer.text()).isEqualTo(409);
                    assertThat(answer.json().path("code").stringValue()).isEqualTo("vm_state_unknown");
                    assertThat(answer.json().path("detail").stringValue())
                            // How it ends depends on how soon the monitor is known not to answer.
                            .contains(" in the server's configuration")
                            .contains(" VM 4 because what it is doing is unknown: ");
                }
                TestAnswer v1 = client.post(statusPath(4), "{\"action\": \"start\"}");
                assertThat(v1.status()).isEqualTo(409);
                assertThat(v1.json().path("code").stringValue()).isEqualTo("CONFLICT");
                assertThat(client.get("/api/v2/vps/4/operations")
                                .json()
                                .path("items")
                                .isEmpty())
                        .isTrue();

                for (JsonNode shown : List.of(
                        client.get("/api/v2/vps").json().at("/items/0"),
                        client.get("/api/v2/vps/4").json())) {
                    assertThat(shown.path("status").stringValue()).isEqualTo("unknown");
                    assertThat(shown.path("statusReason").stringValue()).contains("its agent's socket");
                }
                assertThat(client.get("/api/v2/vps/4/availability")
                                .json()
                                .path("reason")
                                .stringValue())
                        .contains("its agent's socket; check");
                assertThat(client.get(statusPath(4)).data().path("status").stringValue())
                        .isEqualTo("unknown");
            }
            assertThat(folder.resolve("start")).doesNotExist();
            assertThat(ProcessHandle.of(another.pid()))
                    .hasValueSatisfying(process -> assertThat(process.isAlive()).isTrue());
        }
    }

    @Test
    void oneAtATime() {
        TestClient client = server.admin();
        vm.obeysAgent = false;
        vm.obeysButton = false;
        TestAnswer first = act(client, 1, "shutdown", "");
        TestAnswer same = act(client, 1, "shutdown", "");
        TestAnswer other = act(client, 1, "stop", "");

        assertThat(same.json().path("id")).isEqualTo(first.json().path("id"));
        assertThat(same.headers().firstValue("Idempotent-Replayed")).hasValue("true");
        assertThat(other.status()).isEqualTo(409);
        assertThat(other.json().path("code").stringValue()).isEqualTo("operation_under_way");
        assertThat(client.post(statusPath(1), "{\"action\": \"stop\"}")
                        .json()
                        .path("code")
                        .stringValue())
                .isEqualTo("CONFLICT");
        assertThat(ended(client, first).path("state").stringValue()).isEqualTo("failed");
    }

    @Test
    void aNameStandsForOneOperation() {
        TestClient client = server.admin();
        TestAnswer first = act(client, 2, "reset", "", "Idempotency-Key", "once");
        ended(client, first);
        TestAnswer again = act(client, 2, "reset", "", "Idempotency-Key", "once");

        assertThat(again.json().path("id")).isEqualTo(first.json().path("id"));
        assertThat(other.told()).containsExactly("system_reset");
        assertThat(act(client, 2, "stop", "", "Idempotency-Key", "once").status())
                .isEqualTo(422);
        assertThat(act(client, 2, "stop", "", "Idempotency-Key", "a b").status())
                .isEqualTo(400);
    }

    @Test
    void aNameStandsForOneBody() {
        TestClient client = server.admin();
        TestAnswer first = act(client, 1, "shutdown", "{\"graceSeconds\": 1}", "Idempotency-Key", "once");
        ended(client, first);

        assertThat(act(client, 1, "shutdown", "{\"graceSeconds\": 1}", "Idempotency-Key", "once")
                        .json()
                        .path("id"))
                .isEqualTo(first.json().path("id"));
        for (String other : List.of("{\"graceSeconds\": 2}", "{\"graceSeconds\": 1, \"force\": true}", "")) {
            TestAnswer reused = act(client, 1, "shutdown", other, "Idempotency-Key", "once");
            assertThat(reused.status()).as(other).isEqualTo(422);
            assertThat(reused.code()).isEqualTo("idempotency_key_reused");
        }
    }

    /** Also where they have no effect. */
    @ParameterizedTest
    @EnumSource(OperationAction.class)
    void aNameStandsForTheOptionsOfItsRequest(OperationAction action) {
        TestClient client = server.admin();
        String name = action.wireName();
        for (String body : List.of("", "{\"force\": true}", "{\"graceSeconds\": 1}")) {
            String key = "key" + body.length();
            TestAnswer first = act(client, 1, name, body, "Idempotency-Key", key);
            ended(client, first);

            TestAnswer again = act(client, 1, name, body, "Idempotency-Key", key);
            assertThat(again.json().path("id")).isEqualTo(first.json().path("id"));
            assertThat(again.header("Idempotent-Replayed")).isEqualTo("true");
            for (String other : List.of("{\"graceSeconds\": 3}", "{\"force\": true, \"graceSeconds\": 3}")) {
                TestAnswer reused = act(client, 1, name, other, "Idempotency-Key", key);
                assertThat(reused.status()).as(body + other).isEqualTo(422);
                assertThat(reused.code()).isEqualTo("idempotency_key_reused");
            }
        }
    }

    /** A repetition under this name would be refused, because the other operation has other options. */
    @Test
    void aNamedRequestWithOtherOptionsDoesNotJoin() {
        TestClient client = server.admin();
        vm.obeysAgent = false;
        vm.obeysButton = false;
        TestAnswer first = act(client, 1, "shutdown", "", "Idempotency-Key", "first");
        TestAnswer same = act(client, 1, "shutdown", "", "Idempotency-Key", "second");
        TestAnswer other = act(client, 1, "shutdown", "{\"force\": true}", "Idempotency-Key", "third");

        assertThat(same.json().path("id")).isEqualTo(first.json().path("id"));
        assertThat(other.code()).isEqualTo("operation_under_way");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{\"graceSeconds\": -1}", "{\"graceSeconds\": 3601}", "{\"force\": 1}", "{\"forced\": true}", "["
            })
    void whatV2DoesNotUnderstandIsABadRequest(String body) {
        assertThat(act(server.admin(), 1, "shutdown", body).status()).isEqualTo(400);
        assertThat(act(server.admin(), 1, "explode", "").status()).isEqualTo(404);
        assertThat(vm.told()).isEmpty();
    }

    @Test
    void whoSeesTheVmSeesItsOperations() {
        String account = server.makeAccount("shop", 1);
        TestClient tenant = server.tenant(account, "power:vm");
        TestClient stranger = server.tenant(server.makeAccount("other"), "power:vm");
        TestAnswer begun = act(tenant, 1, "reset", "");
        ended(tenant, begun);
        String id = begun.json().path("id").asString();

        for (String path : List.of("/api/v2/operations/" + id, "/api/jobs/" + id)) {
            assertThat(tenant.get(path).status()).isEqualTo(200);
            assertThat(server.admin().get(path).status()).isEqualTo(200);
            assertThat(stranger.get(path).status()).isEqualTo(404);
        }
        assertThat(act(stranger, 1, "reset", "").status()).isEqualTo(404);
        assertThat(act(server.admin(), 999, "reset", "").status()).isEqualTo(404);
        assertThat(stranger.post(statusPath(1), "{\"action\": \"stop\"}").status())
                .isEqualTo(404);
        assertThat(tenant.get("/api/v2/operations/nonsense").status()).isEqualTo(404);

        String next = server.makeAccount("next");
        server.assign(1, next);
        for (TestClient each : List.of(tenant, server.tenant(next, "power:vm"))) {
            assertThat(each.get("/api/v2/operations/" + id).status()).isEqualTo(404);
        }
        assertThat(server.tenant(next, "read:vm")
                        .get("/api/v2/vps/1/operations")
                        .json()
                        .path("items")
                        .isEmpty())
                .isTrue();
    }

    @Test
    void operationsAreListedNewestFirstInPages() {
        TestClient client = server.admin();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            TestAnswer begun = act(client, 2, "reset", "", "Idempotency-Key", "n" + i);
            ended(client, begun);
            ids.addFirst(begun.json().path("id").asString());
        }
        List<String> listed = new ArrayList<>();
        JsonNode page = client.get("/api/v2/vps/2/operations?limit=2").json();
        page.path("items").forEach(item -> listed.add(item.path("id").asString()));
        client.get("/api/v2/vps/2/operations?limit=2&cursor="
                        + page.path("nextCursor").asString())
                .json()
                .path("items")
                .forEach(item -> listed.add(item.path("id").asString()));
        assertThat(listed).isEqualTo(ids);
        String keyId = client.get("/api/v2/operations/" + ids.getFirst())
                .json()
                .path("keyId")
                .asString();
        assertThat(ids(client, "/api/v2/vps/2/operations?key=" + keyId)).isEqualTo(ids);
        assertThat(ids(client, "/api/v2/vps/2/operations?key=ffffffffffff")).isEmpty();
        assertThat(client.get("/api/v2/vps/2/operations?key=me").status()).isEqualTo(400);
    }

    @Test
    void operationsOfAllVmsAreListedToThoseWhoSeeTheVms() {
        String account = server.makeAccount("one", 1);
        TestClient tenant = server.tenant(account, "power:vm");
        TestAnswer ours = act(tenant, 1, "reset", "");
        ended(tenant, ours);
        TestAnswer theirs = act(server.admin(), 2, "reset", "");
        ended(server.admin(), theirs);
        String our = ours.json().path("id").asString();
        String their = theirs.json().path("id").asString();

        String all = "/api/v2/operations";
        assertThat(ids(server.admin(), all)).containsExactly(their, our);
        assertThat(ids(server.admin(), all + "?vmid=1")).containsExactly(our);
        assertThat(ids(server.admin(), all + "?key=" + ours.json().path("keyId").asString()))
                .containsExactly(our);
        assertThat(ids(tenant, all)).containsExactly(our);
        assertThat(ids(tenant, all + "?vmid=2")).isEmpty();
        assertThat(ids(server.tenant(server.makeAccount("none"), "power:vm"), all))
                .isEmpty();
        JsonNode first = server.admin().get(all + "?limit=1").json();
        assertThat(first.at("/items/0/id").asString()).isEqualTo(their);
        assertThat(ids(
                        server.admin(),
                        all + "?limit=1&cursor=" + first.path("nextCursor").asString()))
                .containsExactly(our);
    }

    private static List<String> ids(TestClient client, String path) {
        TestAnswer answer = client.get(path);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json()
                .path("items")
                .valueStream()
                .map(each -> each.path("id").asString())
                .toList();
    }

    @Test
    void anotherServerTakesUpWhatWasLeft() {
        TestClient client = server.admin();
        vm.obeysAgent = false;
        vm.obeysButton = false;
        TestAnswer begun = act(client, 1, "restart", "{\"graceSeconds\": 600}");
        String poll = begun.json().path("pollUrl").asString();
        Awaitility.await().until(() -> !vm.told().isEmpty());
        server.stop();
        vm.off();
        server.start();

        JsonNode end = server.admin().get(poll + "?wait=60").json();
        assertThat(end.path("state").stringValue()).as(end.toString()).isEqualTo("completed");
        assertThat(steps(end)).containsExactly("asking_agent", "off", "starting");
        assertThat(vm.isOn()).isTrue();
    }

    @Test
    void theAuditTrailHasWhoAndWhat() {
        TestClient client = server.admin();
        TestAnswer begun = client.post(statusPath(2), "{\"action\": \"stop\"}");
        String id = begun.data().path("jobId").stringValue();
        client.get("/api/v2/operations/" + id + "?wait=60");

        JsonNode records = Awaitility.await()
                .until(() -> client.get("/api/v2/audit?vm=2").json().path("items"), items -> items.size() >= 3);
        List<String> told = new ArrayList<>();
        records.forEach(record -> told.add(
                record.path("action").asString() + " " + record.path("outcome").asString() + " "
                        + record.path("subject").asString()));
        assertThat(told)
                .contains(
                        "operation.start begun stop",
                        "operation.start done stop " + id,
                        "operation.end done stop " + id);
    }
}
