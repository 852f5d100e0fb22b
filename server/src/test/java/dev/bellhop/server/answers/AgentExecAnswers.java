// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import org.awaitility.Awaitility;

/** Commands that are started and read by their pids, in v1 and in v2. */
final class AgentExecAnswers extends Part {
    AgentExecAnswers(Scene scene) {
        super(scene);
    }

    void v1() {
        recording.section("v1");
        String exec = "/api/vm/2/agent/exec";
        answers.get("reader", exec);
        answers.get("admin", "/api/vm/4/agent/exec");
        answers.get("admin", "/api/vm/77/agent/exec");
        answers.get("admin", "/api/vm/x/agent/exec");
        answers.get("admin", "/api/vm/0/agent/exec");
        answers.make("v1 one", "writer", exec, "{'command': 'uname -a'}");
        Awaitility.await()
                .until(() -> answers.client("writer")
                        .get(exec + "?pid=7")
                        .data()
                        .path("exited")
                        .asBoolean());
        answers.get("writer", exec + "?pid=7");
        answers.get("reader", exec + "?pid=7");
        answers.get("stranger", exec + "?pid=7");
        answers.get("ourWriter", exec + "?pid=7");
        answers.get("writer", exec + "?pid=8");
        answers.get("writer", exec + "?pid=x");
        answers.get("writer", exec + "?pid=-1");
        answers.get("writer", exec + "?pid=7&pid=8");
        answers.get("writer", exec + "?pid=");
        answers.post("writer", exec, "{'command': '  '}");
        answers.post("writer", exec, "{'command': ''}");
        answers.post("writer", exec, "{}");
        answers.post("writer", exec, "");
        answers.post("writer", exec, "[]");
        answers.post("writer", exec, "{'command': 5}");
        answers.post("writer", exec, "{'command': null}");
        answers.post("writer", exec, "{'command': 'x'");
        answers.post("writer", exec, "{'command': 'x', 'command': 'y'}");
        answers.post("writer", exec, "{'command': '" + "x".repeat(4097) + "'}");
        answers.post("writer", exec, "{'command': 'x', 'padding': '" + "x".repeat(65_536) + "'}");
        answers.post("writer", exec, "{'command': 'a\\u0000b'}");
        answers.post("writer", exec, "command=x", "Content-Type", "text/plain");
        answers.post("writer", exec, "command=x", "Content-Type", "application/x-www-form-urlencoded");
        answers.post("writer", "/api/vm/4/agent/exec", "{'command': 'x'}");
        answers.post("writer", "/api/vm/77/agent/exec", "{'command': 'x'}");
        answers.post("ourWriter", "/api/vm/2/agent/exec", "{'command': 'x'}");
        scene.scripted.on(
                "guest-exec", (request, wire) -> wire.error("GenericError", "Failed to execute child process"));
        answers.post("writer", exec, "{'command': 'fails'}");
        scene.script();
        answers.get("writer", "/api/vm/2/status");
        answers.get("reader", "/api/vm/2/status");
        answers.get("admin", "/api/vm/3/status");
        answers.get("admin", "/api/vm/4/status");
        answers.get("admin", "/api/vm/5/status");
        answers.get("admin", "/api/vm/77/status");
        answers.play("admin", "HEAD", "/api/vm/2/status", "");
    }

    void hosted() {
        recording.section("Hosted");
        String exec = "/api/v2/vps/2/agent/exec";
        answers.get("reader", exec);
        answers.get("reader", "/api/v2/vps/4/agent/exec");
        answers.post("writer", exec, "{'command': 'uname'}", "Idempotency-Key", "hosted");
        Awaitility.await()
                .until(() -> answers.client("writer")
                        .get(exec + "?pid=7")
                        .json()
                        .path("exited")
                        .asBoolean());
        answers.post("writer", exec, "{'command': 'uname'}", "Idempotency-Key", "hosted");
        answers.get("writer", exec + "?pid=7");
        answers.get("writer", exec + "?pid=8");
        answers.get("writer", exec + "?pid=x");
        answers.get("reader", exec + "?pid=7");
        answers.get("admin", "/api/v2/vps/77/agent/exec?pid=7");
        answers.post("writer", exec, "{}");
        answers.post("writer", exec, "{'command': 7}");
        answers.post("writer", exec, "{'command': 'x', 'surplus': 1}");
        answers.post("writer", "/api/v2/vps/4/agent/exec", "{'command': 'x'}");
        answers.post("writer", "/api/v2/vps/77/agent/exec", "{'command': 'x'}");
    }
}
