// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Executions and lists of them, their output, and what is done to them while they run. */
final class ExecutionAnswers extends Part {
    ExecutionAnswers(Scene scene) {
        super(scene);
    }

    void executions() throws IOException {
        recording.section("Executions");
        String one = ended("one", "ourWriter", "{'command': 'echo out; echo err >&2; exit 3', 'labels': {'run': '1'}}");
        answers.get("ourWriter", one);
        answers.get("ourWriter", one + "?output=true");
        answers.get("boss", one + "?wait=0");
        answers.get("admin", one);
        answers.get("reader", one + "?output=true");
        answers.get("theirBoss", one);
        answers.get("stranger", one);
        answers.get("admin", one + "?wait=61");
        answers.get("admin", one + "?wait=x&output=1&raw=2");
        answers.get("admin", one + "?raw=true&output=true");
        answers.get("admin", ALL + "/" + NOTHING);
        answers.get("admin", ALL + "/x");
        String argv = "{'argv': ['printf', '%s', 'a b'], 'cwd': '/', 'env': {'A': 'b'}, 'timeoutSeconds': 20}";
        ended("argv", "writer", argv);
        waited(
                "waited",
                "writer",
                "{'command': 'cat', 'stdin': 'in', 'shell': '/bin/sh', 'secretEnv': {'T': 'hunter2-hunter3'}}");
        waited("bytes", "writer", "{'command': 'cat', 'stdinBase64': '/w=='}");
        waited("killed", "writer", "{'command': 'kill -KILL $$'}");
        waited("slow", "writer", "{'command': 'exec sleep 60', 'timeoutSeconds': 1}");
        answers.make("replayed", "writer", RUN + "?wait=20", "{'command': 'true'}", "Idempotency-Key", "first");
        answers.post("writer", RUN + "?wait=20", "{'command': 'true'}", "Idempotency-Key", "first");
        answers.post("writer", RUN, "{'command': 'false'}", "Idempotency-Key", "first");
        answers.post("writer", RUN, "{'command': 'true'}", "Idempotency-Key", "");
        answers.post("writer", RUN, "{'command': 'true'}", "Idempotency-Key", "x".repeat(256));
        answers.post("writer", RUN, "{}");
        answers.post("writer", RUN, "");
        answers.post("writer", RUN, "[]");
        answers.post("writer", RUN, "{'command': 'x', 'argv': ['x']}");
        answers.post(
                "writer", RUN, "{'command': 'x', 'surplus': 1, 'timeoutSeconds': 'x', 'cwd': 'here', 'user': '-'}");
        answers.post("writer", RUN, "{'argv': ['-x'], 'shell': '/bin/sh', 'timeoutSeconds': 0}");
        answers.post("writer", RUN, "{'argv': []}");
        answers.post("writer", RUN, "{'command': 'x', 'stdin': 'a', 'stdinBase64': 'YQ==', 'stdinFollows': true}");
        answers.post("writer", RUN, "{'command': 'x', 'stdinBase64': '!'}");
        answers.post(
                "writer",
                RUN,
                "{'command': 'x', 'env': {'1': 'x', 'A': 'x'}, 'secretEnv': {'A': 'long enough', 'B': 'x'}}");
        answers.post("writer", RUN, "{'command': 'x', 'labels': {'A B': 'x'}, 'deliveryTimeoutSeconds': 86401}");
        answers.post("writer", RUN, "{'command': 'x', 'version': 1, 'parameters': {}}");
        answers.post("writer", RUN, "{'command': 'x'}", "Content-Type", "text/plain");
        answers.post("writer", RUN + "?wait=x", "{'command': 'x'}");
        answers.post("writer", "/api/v2/vps/4/executions", "{'command': 'x'}");
        answers.post("writer", "/api/v2/vps/5/executions", "{'command': 'x'}");
        answers.post("writer", "/api/v2/vps/77/executions", "{'command': 'x'}");
        answers.post("ourWriter", "/api/v2/vps/2/executions", "{'command': 'x'}");
        answers.post("reader", RUN, "{'command': 'x'}");

        String pending = ALL + "/"
                + id(answers.make(
                        "pending",
                        "writer",
                        "/api/v2/vps/4/executions",
                        "{'command': 'x', 'deliveryTimeoutSeconds': 600}"));
        answers.get("writer", pending);
        answers.get("writer", ALL + "?state=pending");
        answers.post("writer", pending + "/actions/signal", "{'signal': 'TERM'}");
        // Its state in this answer is up to chance.
        answers.client("writer").post(pending + "/actions/cancel", "{}");
        awaitState(pending, "cancelled");
        answers.get("writer", pending);

        recording.section("Lists of executions");
        answers.get("ourWriter", ALL);
        answers.get("theirBoss", ALL);
        answers.get("reader", RUN + "?limit=2");
        answers.get("admin", RUN + "?state=timed_out");
        answers.get("admin", RUN + "?label=run:1");
        answers.get("admin", RUN + "?label=run%3D1");
        answers.get("admin", RUN + "?label=run");
        answers.get("admin", ALL + "?state=x&limit=x&since=x&until=y&cursor=%20");
        answers.get("admin", ALL + "?since=2999-01-01T00:00:00Z");
        answers.get("admin", ALL + "?until=2000-01-01T00:00:00Z");
        answers.get("admin", "/api/v2/vps/77/executions");
        answers.get("theirBoss", RUN);
        page("admin", RUN + "?limit=4");
    }

    void waited(String name, String caller, String body) {
        answers.make(name, caller, RUN + "?wait=30", body);
    }

    void output() {
        recording.section("Output");
        String path = ended("numbers", "ourWriter", "{'command': 'printf 0123456789; printf problem >&2'}");
        String output = path + "/output";
        answers.get("ourWriter", output);
        answers.play("ourWriter", "HEAD", output, "");
        answers.get("ourWriter", output + "?stream=stderr");
        answers.get("ourWriter", output + "?offset=3&limit=4");
        answers.get("ourWriter", output + "?offset=10");
        answers.get("ourWriter", output + "?offset=11");
        answers.get("ourWriter", output, "Range", "bytes=2-4");
        answers.get("ourWriter", output, "Range", "bytes=-3");
        answers.get("ourWriter", output, "Range", "bytes=7-");
        answers.get("ourWriter", output, "Range", "bytes=10-");
        answers.get("ourWriter", output, "Range", "bytes=4-2");
        answers.get("ourWriter", output, "Range", "lines=1-2");
        answers.get("ourWriter", output, "Range", "bytes=0-1,3-4");
        answers.get("ourWriter", output + "?stream=x&offset=-1&limit=0");
        answers.get("ourWriter", output + "?raw=true");
        answers.get("ourWriter", output + "?raw=x");
        answers.get("theirBoss", output);
        answers.get("reader", output);
        answers.get("ourWriter", path + "/events");
        answers.get("ourWriter", path + "/events?from=end");
        answers.get("ourWriter", path + "/events?from=x");
        answers.get("ourWriter", path + "/events", "Last-Event-ID", "4-0-0");
        answers.get("ourWriter", path + "/events", "Last-Event-ID", "x");
        answers.get("ourWriter", path + "/events", "Last-Event-ID", "10-7-1");
        answers.get("theirBoss", path + "/events");
        answers.get("reader", path + "/events");
        answers.get("admin", ALL + "/" + NOTHING + "/output");
        answers.get("admin", ALL + "/" + NOTHING + "/events");

        recording.section("Secrets in output");
        String secret =
                ended("secret", "raw", "{'command': 'echo a $TOKEN b', 'secretEnv': {'TOKEN': 'hunter2-hunter3'}}");
        for (String raw : List.of("", "raw=true")) {
            answers.get("raw", secret + "?output=true&" + raw);
            answers.get("raw", secret + "/output?" + raw);
            answers.get("raw", secret + "/events?" + raw);
        }
        answers.get("admin", secret + "/output?raw=true");
        answers.get("raw", secret + "/output?offset=4&limit=3");
    }

    void live() throws Exception {
        recording.section("While a command runs");
        Path gate = scene.folder.resolve("gate");
        String path =
                started("followed", "echo first; while [ ! -e " + gate + " ]; do sleep 0.02; done; echo last", "");
        answers.get("writer", path + "?output=true");
        answers.get("writer", path + "/output");
        answers.follow("writer", path + "/events", "first", () -> Files.createFile(gate));
        answers.get("writer", path + "?wait=30&output=true");

        String endless = "exec 2>/dev/null; trap : USR1; trap 'exit 7' HUP; (trap '' USR1; exec sleep 60) &"
                + " echo go; while :; do wait; done";
        String signalled = started("signalled", endless, "");
        answers.post("writer", signalled + "/actions/signal", "{'signal': 'SIGTERM'}");
        answers.post("writer", signalled + "/actions/signal", "{'signal': 65}");
        answers.post("writer", signalled + "/actions/signal", "{}");
        answers.post("writer", signalled + "/actions/signal", "{'signal': 'HUP', 'surplus': 1}");
        answers.post("reader", signalled + "/actions/signal", "{'signal': 'HUP'}");
        answers.post("stranger", signalled + "/actions/signal", "{'signal': 'HUP'}");
        answers.post("writer", signalled + "/stdin?offset=0", "x", "Content-Type", "application/octet-stream");
        answers.post("writer", signalled + "/actions/signal", "{'signal': 'USR1'}");
        // Whether it still runs in this answer is up to chance.
        answers.client("writer").post(signalled + "/actions/signal", "{\"signal\": \"HUP\"}");
        answers.get("writer", signalled + "?wait=30");
        answers.post("writer", signalled + "/actions/signal", "{'signal': 'HUP'}");

        String cancelled = started("cancelled", "trap '' TERM; echo go; while :; do sleep 0.02; done", "");
        answers.post("writer", cancelled + "/actions/cancel", "{'graceSeconds': -1}");
        answers.post("writer", cancelled + "/actions/cancel", "{'surplus': 1}");
        answers.post("stranger", cancelled + "/actions/cancel", "{}");
        answers.post("writer", cancelled + "/actions/cancel", "{'graceSeconds': 1}");
        answers.get("writer", cancelled + "?wait=30");
        answers.post("writer", cancelled + "/actions/cancel", "{}");

        String fed = started("fed", "echo go; cat", ", 'stdinFollows': true");
        String[] bytes = {"Content-Type", "application/octet-stream"};
        answers.post("writer", fed + "/stdin?offset=0", "one", bytes);
        answers.post("writer", fed + "/stdin?offset=1", "ne", bytes);
        answers.post("writer", fed + "/stdin?offset=5", "x", bytes);
        answers.post("writer", fed + "/stdin", "x", bytes);
        answers.post("writer", fed + "/stdin?offset=-1&end=x", "x", bytes);
        answers.post("writer", fed + "/stdin?offset=3", "x", "Content-Type", "application/json");
        answers.post("stranger", fed + "/stdin?offset=3", "x", bytes);
        answers.post("reader", fed + "/stdin?offset=3", "x", bytes);
        answers.post("writer", fed + "/stdin?offset=3&end=true", "two", bytes);
        answers.get("writer", fed + "?wait=30&output=true");
        answers.post("writer", fed + "/stdin?offset=6", "x", bytes);
        answers.post("admin", ALL + "/" + NOTHING + "/stdin?offset=0", "x", bytes);
        answers.post("admin", ALL + "/" + NOTHING + "/actions/cancel", "");
        answers.post("admin", ALL + "/" + NOTHING + "/actions/signal", "{'signal': 9}");
    }

    /** The path of an execution that has written something and runs; it does not begin until its start was answered. */
    private String started(String name, String command, String more) throws IOException {
        Path answered = scene.folder.resolve(name);
        String waits = "while [ ! -e " + answered + " ]; do sleep 0.02; done; " + command.replace("'", "\\u0027");
        String path = ALL + "/" + id(answers.make(name, "writer", RUN, "{'command': '" + waits + "'" + more + "}"));
        Files.createFile(answered);
        awaitOutput(path);
        return path;
    }
}
