// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import dev.bellhop.server.app.TestAnswer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** VMs, and their power. */
final class VmAnswers extends Part {
    VmAnswers(Scene scene) {
        super(scene);
    }

    void vms() {
        recording.section("VMs");
        answers.get("reader", "/api/v2/vps");
        answers.get("boss", "/api/v2/vps");
        answers.get("theirBoss", "/api/v2/vps");
        page("reader", "/api/v2/vps?limit=2");
        answers.get("reader", "/api/v2/vps?limit=x");
        for (String vm : List.of("2", "3", "4", "5", "77", "x", "0", "00")) {
            answers.get("reader", "/api/v2/vps/" + vm);
        }
        answers.get("reader", "/api/v2/vps/2/agent");
        answers.get("reader", "/api/v2/vps/4/agent");
        answers.get("reader", "/api/v2/vps/5/agent");
        answers.get("theirBoss", "/api/v2/vps/2/agent");
        answers.get("reader", "/api/v2/vps/2/status");
        answers.get("reader", "/api/v2/vps/4/status");
        answers.get("reader", "/api/v2/vps/5/status");
        answers.get("reader", "/api/v2/vps/2/availability");
        answers.get("reader", "/api/v2/vps/2/availability?wait=10");
        answers.get("reader", "/api/v2/vps/4/availability");
        answers.get("reader", "/api/v2/vps/5/availability");
        answers.get("reader", "/api/v2/vps/4/availability?wait=1&while=x");
        answers.get("reader", "/api/v2/vps/4/availability?wait=61");
        answers.get("reader", "/api/v2/vps/77/availability");
    }

    void power() throws Exception {
        recording.section("Power");
        String vm = "/api/v2/vps/3/actions/";
        String restart = id(answers.make("restart", "boss", vm + "restart", "", "Idempotency-Key", "again"));
        answers.post("boss", vm + "stop", "");
        answers.post("power", "/api/vm/3/status", "{'action': 'stop'}");
        switchOn();
        operation("boss", restart);
        answers.post("boss", vm + "restart", "", "Idempotency-Key", "again");
        answers.post("boss", vm + "stop", "", "Idempotency-Key", "again");
        answers.get("theirBoss", "/api/v2/operations/" + restart);
        answers.get("boss", "/api/jobs/" + restart);
        answers.get("theirBoss", "/api/jobs/" + restart);
        operation("power", id(answers.make("reset", "power", vm + "reset", "{}")));
        operation("power", id(answers.make("reboot", "power", vm + "reboot", "{'graceSeconds': 0}")));
        operation("power", id(answers.make("stop", "power", vm + "stop", "{}")));
        operation("power", id(answers.make("stop of what is off", "power", vm + "stop", "{}")));
        operation("power", id(answers.make("shutdown of what is off", "power", vm + "shutdown", "{}")));
        answers.get("power", "/api/v2/vps/3");
        String start = id(answers.make("start", "power", vm + "start", ""));
        switchOn();
        operation("power", start);
        operation(
                "power",
                id(answers.make("shutdown", "power", vm + "shutdown", "{'graceSeconds': 60, 'force': false}")));
        JsonNode begun = answers.makeJob("v1 start", "power", "/api/vm/3/status", "{'action': 'start'}");
        String job = begun.path("jobId").asString();
        switchOn();
        answers.client("power").get("/api/v2/operations/" + job + "?wait=60");
        answers.get("power", "/api/jobs/" + job);
        answers.get("admin", "/api/jobs/" + NOTHING);
        answers.get("admin", "/api/jobs/x");
        answers.get("admin", "/api/v2/operations/" + NOTHING);
        answers.get("admin", "/api/v2/operations/x");
        answers.get("admin", "/api/v2/operations/" + job + "?wait=61");
        answers.get("boss", "/api/v2/vps/3/operations?limit=2");
        page("boss", "/api/v2/vps/3/operations?limit=2");
        answers.get("theirBoss", "/api/v2/vps/3/operations");
        answers.get("boss", "/api/v2/operations?vmid=3&limit=1");
        answers.get("theirBoss", "/api/v2/operations");
        answers.get("boss", "/api/v2/operations?key=x");
        answers.get("admin", "/api/v2/vps/77/operations");
        for (String action : List.of("start", "shutdown", "stop", "restart", "reset")) {
            act("/api/v2/vps/1/actions/" + action, "");
            act("/api/v2/vps/5/actions/" + action, "");
            act("/api/v2/vps/77/actions/" + action, "");
        }
        act(vm + "explode", "");
        act(vm + "stop", "{'force': 'x', 'graceSeconds': 3601, 'surplus': 1}");
        act(vm + "start", "{'force': true}");
        act(vm + "stop", "x");
        act("/api/vm/3/status", "{'action': 'explode'}");
        act("/api/vm/3/status", "{'action': 'stop', 'force': 'x'}");
        act("/api/vm/3/status", "{}");
        act("/api/vm/5/status", "{'action': 'start'}");
        act("/api/vm/77/status", "{'action': 'start'}");
    }

    /** What the start command of VM 3 would do by itself, if its VM were a process. */
    void switchOn() {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(10))
                .until(() -> Files.deleteIfExists(scene.folder.resolve("start")));
        scene.on.on();
    }

    /** Asks for something with power, and waits for its end where it begins: it is not to get in the way of what follows. */
    void act(String path, String body) {
        TestAnswer begun = answers.post("power", path, body);
        if (begun.status() == 202) {
            operation("power", id(begun));
        }
    }

    void operation(String caller, String id) {
        answers.get(caller, "/api/v2/operations/" + id + "?wait=60");
    }
}
