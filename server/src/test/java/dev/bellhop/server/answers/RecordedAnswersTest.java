// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.BrokenBody;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.hypervisor.qemu.FakeQemu;
import dev.bellhop.testkit.FakeAgent;
import dev.bellhop.testkit.RealAgent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * What every route of v1 and v2 answers, compared byte for byte with what is kept in {@code src/test/resources/answers}.
 * CONTRIBUTING.md says how to keep something else.
 *
 * <p>VM 1 has a real agent, VM 2 one that answers what this test says, VM 3 is a fake QEMU that is on, VM 4 has no agent, VM 5
 * is a fake QEMU that is off and has no start command. There is no VM 77.
 */
@Timeout(120)
class RecordedAnswersTest {
    private static final String NOTHING = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c11";
    private static final String RUN = "/api/v2/vps/1/executions";
    private static final String ALL = "/api/v2/executions";

    @TempDir
    private Path folder;

    private RealAgent real;
    private FakeAgent scripted;
    private FakeQemu on;
    private FakeQemu off;
    private TestServer server;
    private Answers answers;
    private Recording recording;

    @BeforeEach
    void start() throws IOException {
        real = RealAgent.start(Files.createDirectory(folder.resolve("r")));
        scripted = FakeAgent.start(folder.resolve("s.sock"));
        on = new FakeQemu(Files.createDirectory(folder.resolve("on"))).on();
        off = new FakeQemu(Files.createDirectory(folder.resolve("off")));
        server = TestServer.in(folder)
                .vm(1, real.socket())
                .vm(2, scripted.socket())
                .vm(3, on.agentSocket(), on.monitorSocket(), "/usr/bin/touch", folder + "/start")
                .vm(4, folder.resolve("nobody.sock"))
                .vm(5, off.agentSocket(), off.monitorSocket())
                .start();
        recording = new Recording();
        recording.name(folder.toString(), "folder");
        answers = new Answers(server, recording);
        answers.caller("admin", server.adminKey());
        answers.caller("liar", "bellhop_0123456789ab_" + "0".repeat(64));
        answers.caller("muddler", "letmein");
        script();
    }

    @AfterEach
    void stop() {
        server.close();
        on.close();
        off.close();
        scripted.close();
        real.close();
    }

    /** What the scripted agent answers. */
    private void script() {
        scripted.on(
                "guest-info",
                (request, wire) -> wire.reply("{\"version\": \"2.5.0\", \"supported_commands\": ["
                        + "{\"name\": \"guest-exec\", \"enabled\": true}, {\"name\": \"guest-exec-status\", \"enabled\": true},"
                        + " {\"name\": \"guest-get-users\", \"enabled\": false}]}"));
        scripted.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 7}"));
        scripted.on(
                "guest-exec-status",
                (request, wire) -> wire.reply(
                        "{\"exited\": true, \"exitcode\": 3, \"out-data\": \"b3V0Cg==\", \"err-data\": \"ZXJyCg==\"}"));
        scripted.on(
                "guest-get-osinfo",
                (request, wire) -> wire.reply("{\"id\": \"debian\", \"name\": \"Debian GNU/Linux\","
                        + " \"pretty-name\": \"Debian GNU/Linux 13 (trixie)\", \"version-id\": \"13\","
                        + " \"kernel-release\": \"6.12.1-amd64\", \"machine\": \"x86_64\"}"));
        scripted.on("guest-get-host-name", (request, wire) -> wire.reply("{\"host-name\": \"guest\"}"));
        scripted.on("guest-get-timezone", (request, wire) -> wire.error("GenericError", "no zone here"));
        scripted.on(
                "guest-network-get-interfaces",
                (request, wire) -> wire.reply("[{\"name\": \"eth0\", \"hardware-address\": \"52:54:00:00:00:01\","
                        + " \"ip-addresses\": [{\"ip-address\": \"192.0.2.7\", \"ip-address-type\": \"ipv4\","
                        + " \"prefix\": 24}], \"statistics\": {\"rx-bytes\": 1000, \"tx-bytes\": 2000}}]"));
        scripted.on(
                "guest-get-fsinfo",
                (request, wire) -> wire.reply("[{\"name\": \"sda1\", \"mountpoint\": \"/\", \"type\": \"ext4\","
                        + " \"used-bytes\": 1000, \"total-bytes\": 4000, \"disk\": []}]"));
    }

    private static String id(TestAnswer answer) {
        return answer.json().path("id").asString();
    }

    /** The path of an execution that is made and has ended. */
    private String ended(String name, String caller, String body) {
        String path = ALL + "/" + id(answers.make(name, caller, RUN + "?wait=30", body));
        JsonNode end = answers.client("admin").get(path + "?wait=30").json();
        assertThat(end.has("finishedAt")).as(end.toString()).isTrue();
        return path;
    }

    private void awaitState(String path, String state) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(10))
                .until(() -> answers.client("admin")
                        .get(path)
                        .json()
                        .path("state")
                        .asString()
                        .equals(state));
    }

    private void awaitOutput(String path) {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(10))
                .until(() -> answers.client("admin")
                                .get(path)
                                .json()
                                .path("stdoutBytes")
                                .asInt()
                        > 0);
    }

    @Test
    void allRoutesAnswerAsTheyDid() throws Exception {
        service();
        accountsAndKeys();
        everyRouteAsksForAKey();
        v1();
        executions();
        hosted();
        output();
        live();
        policies();
        approvals();
        savedCommands();
        masks();
        vms();
        power();
        malformed();
        audit();
        encryption();
        ends();
        recording.check("routes.txt");
        assertThat(untried())
                .as("operations that no request here succeeds with")
                .isEmpty();
    }

    private void service() throws IOException {
        recording.section("The server itself");
        answers.get("nobody", "/healthz");
        answers.play("nobody", "HEAD", "/healthz", "");
        answers.play("nobody", "POST", "/healthz", "{}");
        answers.get("nobody", "/problems/nothing");
        answers.get("nobody", "/");
        answers.get("nobody", "/favicon.ico");
        answers.get("nobody", "/api/v2/nothing");
        answers.get("admin", "/api/v2/nothing");
        answers.get("admin", "/api/nothing");
    }

    private String ours = "";
    private String theirs = "";

    private void accountsAndKeys() {
        recording.section("Accounts");
        answers.get("admin", "/api/v2/accounts");
        ours = id(answers.make("ours", "admin", "/api/v2/accounts", "{'name': 'ours'}"));
        theirs = id(answers.make("theirs", "admin", "/api/v2/accounts", "{'name': 'theirs'}"));
        answers.post("admin", "/api/v2/accounts", "{}");
        answers.post("admin", "/api/v2/accounts", "{'name': '', 'surplus': 1}");
        answers.post("admin", "/api/v2/accounts", "{'name': '" + "n".repeat(101) + "'}");
        answers.get("admin", "/api/v2/accounts?limit=1");
        page("admin", "/api/v2/accounts?limit=1");
        answers.get("admin", "/api/v2/accounts?limit=0");
        answers.get("admin", "/api/v2/accounts?limit=101");
        answers.get("admin", "/api/v2/accounts?limit=x&cursor=x");
        answers.get("admin", "/api/v2/accounts?cursor=x");
        answers.post("admin", "/api/v2/vps/1/actions/assign", "{'account': '" + ours + "'}");
        answers.post("admin", "/api/v2/vps/3/actions/assign", "{'account': '" + ours + "'}");
        answers.post("admin", "/api/v2/vps/77/actions/assign", "{'account': '" + theirs + "'}");
        answers.post("admin", "/api/v2/vps/1/actions/assign", "{'account': 'ffffffffffff'}");
        answers.post("admin", "/api/v2/vps/1/actions/assign", "{'account': 'x'}");
        answers.post("admin", "/api/v2/vps/x/actions/assign", "{'account': '" + ours + "'}");
        answers.post("admin", "/api/v2/vps/77/actions/unassign", "");
        answers.post("admin", "/api/v2/vps/77/actions/unassign", "{}");
        answers.post("admin", "/api/v2/vps/78/actions/unassign", "{'surplus': 1}");
        answers.delete("admin", "/api/v2/accounts/ffffffffffff");
        answers.delete(
                "admin",
                "/api/v2/accounts/" + id(answers.make("idle", "admin", "/api/v2/accounts", "{'name': 'idle'}")));
        answers.delete("admin", "/api/v2/accounts/x");

        recording.section("Keys");
        String keys = "/api/v2/keys";
        answers.make("reader", "admin", keys, "{'name': 'reader', 'scopes': ['read:vm']}");
        answers.make("writer", "admin", keys, "{'name': 'writer', 'scopes': ['write:vm']}");
        answers.make(
                "stranger", "admin", keys, "{'name': 'stranger', 'scopes': ['write:vm', 'power:vm'], 'vms': [2, 77]}");
        answers.make("power", "admin", keys, "{'name': 'power', 'scopes': ['power:vm'], 'expiresInDays': 30}");
        answers.make(
                "raw", "admin", keys, "{'name': 'raw', 'scopes': ['write:vm', 'read:raw'], 'labels': {'team': 'a'}}");
        answers.make("elsewhere", "admin", keys, "{'name': 'e', 'scopes': ['admin'], 'networks': ['192.0.2.0/24']}");
        String of = ", 'account': '" + ours + "'}";
        answers.make(
                "boss", "admin", keys, "{'name': 'boss', 'scopes': ['admin:account', 'write:vm', 'power:vm']" + of);
        answers.make("ourWriter", "boss", keys, "{'name': 'w', 'scopes': ['write:vm'], 'labels': {'job': 'nightly'}}");
        answers.make("assistant", "boss", keys, "{'name': 'a', 'scopes': ['write:vm'], 'policy': {'approval': true}}");
        answers.make("person", "boss", keys, "{'name': 'p', 'scopes': ['write:vm']}");
        answers.make(
                "theirBoss",
                "admin",
                keys,
                "{'name': 'b', 'scopes': ['admin:account', 'write:vm'], 'account': '" + theirs + "'}");
        answers.post("boss", keys, "{'name': 'n', 'scopes': ['admin']}");
        answers.post("boss", keys, "{'name': 'n', 'scopes': ['read:raw']}");
        answers.post("boss", keys, "{'name': 'n', 'scopes': ['read:vm'], 'account': '" + theirs + "'}");
        answers.post("boss", keys, "{'name': 'n', 'scopes': ['read:vm'], 'vms': [2]}");
        answers.post("admin", keys, "{'name': 'n', 'scopes': ['admin'], 'vms': [1]}");
        answers.post("admin", keys, "{'name': 'n', 'scopes': ['admin']" + of);
        answers.post("admin", keys, "{'name': 'n', 'scopes': ['root', 'read:vm', 'read:vm']}");
        answers.post("admin", keys, "{'name': 'n', 'scopes': ['read:vm'], 'networks': ['x', '10.0.0.1/8', '::/129']}");
        answers.post("admin", keys, "{'name': 'n', 'scopes': ['read:vm'], 'labels': {'a b': 'c', 'd': '\\n'}}");
        answers.post("admin", keys, "{'name': 'n', 'scopes': ['read:vm'], 'expiresInDays': 0, 'vms': []}");
        answers.get("admin", keys);
        answers.get("boss", keys);
        answers.get("theirBoss", keys);
        answers.get("reader", keys);
        page("admin", keys + "?limit=3");
        String writer = id(answers.make("rotated", "admin", keys, "{'name': 'rotated', 'scopes': ['write:vm']}"));
        answers.make("successor", "admin", keys + "/" + writer + "/actions/rotate", "{'overlapSeconds': 600}");
        answers.post("admin", keys + "/" + writer + "/actions/rotate", "");
        answers.post("admin", keys + "/ffffffffffff/actions/rotate", "{}");
        answers.post("admin", keys + "/" + writer + "/actions/rotate", "{'overlapSeconds': -1}");
        answers.delete("admin", keys + "/" + writer);
        answers.get("rotated", "/api/v2/vps");
        answers.delete("admin", keys + "/" + writer);
        answers.delete("boss", keys + "/" + writer);
        answers.delete("admin", keys + "/x");
    }

    /** Follows the cursors of a list to its end, a few pages at most. */
    private void page(String caller, String path) {
        TestAnswer page = answers.client(caller).get(path);
        for (int i = 0; i < 3 && page.json().has("nextCursor"); i++) {
            String cursor = page.json().path("nextCursor").asString();
            recording.name(cursor, "cursor");
            page = answers.get(caller, path + "&cursor=" + cursor);
        }
    }

    /** Callers who may not, at each path of openapi.yaml. */
    private void everyRouteAsksForAKey() throws IOException {
        recording.section("Callers who may not");
        for (Operation operation : Operation.all()) {
            String path = operation
                    .path()
                    .replace("{vmid}", "2")
                    .replace(
                            "{id}",
                            operation.path().startsWith(ALL) || operation.path().contains("operations")
                                    ? NOTHING
                                    : "ffffffffffff")
                    .replace("{jobId}", NOTHING)
                    .replace("{name}", "nothing")
                    .replace("{code}", "not_found");
            if (operation.path().startsWith("/api/")) {
                answers.play("nobody", operation.method(), path, "");
                answers.play(
                        "reader", operation.method(), path, operation.method().equals("GET") ? "" : "{}");
                answers.play(
                        "stranger", operation.method(), path, operation.method().equals("GET") ? "" : "{}");
                answers.play(
                        "theirBoss",
                        operation.method(),
                        path,
                        operation.method().equals("GET") ? "" : "{}");
            }
            answers.play("admin", "PATCH", path, "{}");
        }
        for (String caller : List.of("liar", "muddler", "elsewhere")) {
            answers.get(caller, "/api/vm/1/status");
            answers.get(caller, "/api/v2/vps/1");
        }
        answers.get("nobody", "/api/v2/vps", "X-API-Key", "letmein");
        answers.get("nobody", "/api/v2/vps", "Authorization", "Basic Zm9vOmJhcg==");
        answers.get("admin", "/api/v2/vps", "X-API-Key", answers.key("reader"));
        answers.play("admin", "OPTIONS", "/api/v2/vps", "");
        answers.play("admin", "DELETE", "/api/v2/vps", "");
    }

    private void v1() {
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
        scripted.on("guest-exec", (request, wire) -> wire.error("GenericError", "Failed to execute child process"));
        answers.post("writer", exec, "{'command': 'fails'}");
        script();
        answers.get("writer", "/api/vm/2/status");
        answers.get("reader", "/api/vm/2/status");
        answers.get("admin", "/api/vm/3/status");
        answers.get("admin", "/api/vm/4/status");
        answers.get("admin", "/api/vm/5/status");
        answers.get("admin", "/api/vm/77/status");
        answers.play("admin", "HEAD", "/api/vm/2/status", "");
    }

    private void executions() throws IOException {
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

    private void waited(String name, String caller, String body) {
        answers.make(name, caller, RUN + "?wait=30", body);
    }

    private void hosted() {
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

    private void output() {
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

    private void live() throws Exception {
        recording.section("While a command runs");
        Path gate = folder.resolve("gate");
        String path =
                started("followed", "echo first; while [ ! -e " + gate + " ]; do sleep 0.02; done; echo last", "");
        answers.get("writer", path + "?output=true");
        answers.get("writer", path + "/output");
        answers.follow("writer", path + "/events", "first", () -> Files.createFile(gate));
        answers.get("writer", path + "?wait=30&output=true");

        String endless = "exec 2>/dev/null; trap : USR1; trap 'exit 7' HUP; echo go; while :; do sleep 0.02; done";
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
        Path answered = folder.resolve(name);
        String waits = "while [ ! -e " + answered + " ]; do sleep 0.02; done; " + command.replace("'", "\\u0027");
        String path = ALL + "/" + id(answers.make(name, "writer", RUN, "{'command': '" + waits + "'" + more + "}"));
        Files.createFile(answered);
        awaitOutput(path);
        return path;
    }

    private void policies() {
        recording.section("Policies");
        String rules = "{'rules': [{'name': 'no-rm', 'effect': 'deny', 'command': 'rm '},"
                + " {'name': 'only-echo', 'effect': 'allow', 'command': 'echo .*'}]}";
        String account = "/api/v2/accounts/" + ours + "/policy";
        answers.get("admin", account);
        answers.put("admin", account, rules);
        answers.get("admin", account);
        answers.post("ourWriter", RUN, "{'command': 'rm -rf x'}");
        answers.post("ourWriter", RUN, "{'command': 'uname'}");
        answers.post("ourWriter", RUN, "{'argv': ['rm', 'x']}");
        answers.post("ourWriter", "/api/v2/vps/1/agent/exec", "{'command': 'rm x'}");
        answers.post("ourWriter", "/api/vm/1/agent/exec", "{'command': 'rm x'}");
        answers.post("ourWriter", RUN + "/actions/check", "{'command': 'rm x'}");
        answers.post("ourWriter", RUN + "/actions/check", "{'command': 'echo x'}");
        answers.post("assistant", RUN + "/actions/check", "{'command': 'echo x'}");
        answers.post("ourWriter", RUN + "/actions/check", "{'surplus': 1}");
        answers.post("ourWriter", "/api/v2/vps/77/executions/actions/check", "{'command': 'x'}");
        answers.put("admin", account, "{'rules': [{'name': 'a', 'effect': 'deny'}]}");
        answers.put("admin", account, "{'rules': [{'name': 'a', 'effect': 'perhaps', 'command': '('}]}");
        answers.put("admin", account, "{'rules': [{'name': 'a', 'effect': 'deny', 'command': '('}]}");
        answers.put("admin", account, "{'surplus': 1, 'approval': 'x', 'savedCommands': ['a b']}");
        answers.put("admin", account, "");
        answers.put("boss", account, rules);
        answers.put("admin", "/api/v2/accounts/ffffffffffff/policy", rules);
        answers.delete("admin", account);
        answers.delete("admin", account);
        String key = "/api/v2/keys/" + answers.idOf("ourWriter") + "/policy";
        answers.get("boss", key);
        answers.put("boss", key, "{'onlySavedCommands': true}");
        answers.get("boss", key);
        answers.post("ourWriter", RUN, "{'command': 'echo x'}");
        answers.get("theirBoss", key);
        answers.put("theirBoss", key, "{}");
        answers.put("boss", "/api/v2/keys/" + answers.idOf("boss") + "/policy", "{'approval': true}");
        answers.put("boss", key, "{'rules': {}}");
        answers.delete("theirBoss", key);
        answers.delete("boss", key);
        answers.get("boss", "/api/v2/keys/ffffffffffff/policy");
    }

    private void approvals() {
        recording.section("Approvals");
        // Its VM has no agent, so that it still waits when it is approved.
        answers.post("admin", "/api/v2/vps/4/actions/assign", "{'account': '" + ours + "'}");
        String asked = ALL + "/"
                + id(answers.make(
                        "asked",
                        "assistant",
                        "/api/v2/vps/4/executions",
                        "{'command': 'echo deploy', 'cwd': '/', 'deliveryTimeoutSeconds': 600}"));
        answers.get("assistant", asked);
        answers.get("person", asked);
        answers.get("ourWriter", asked);
        answers.get("reader", asked);
        answers.get("person", ALL + "?state=pending");
        String digest = answers.client("person")
                .get(asked)
                .json()
                .path("approval")
                .path("digest")
                .asString();
        String body = "{'digest': '" + digest + "'}";
        answers.post("person", asked + "/actions/approve", "{}");
        answers.post("person", asked + "/actions/approve", "{'digest': 'x', 'surplus': 1}");
        answers.post("person", asked + "/actions/approve", "{'digest': 'sha256:" + "0".repeat(64) + "'}");
        answers.post("assistant", asked + "/actions/approve", body);
        answers.post("theirBoss", asked + "/actions/approve", body);
        answers.post("reader", asked + "/actions/approve", body);
        answers.post("person", asked + "/actions/approve", body);
        answers.get("person", asked);
        answers.post("person", asked + "/actions/approve", body);
        answers.post("person", asked + "/actions/reject", "");
        String runs = ALL + "/" + id(answers.make("approved", "assistant", RUN, "{'argv': ['echo', 'deployed']}"));
        String seen = answers.client("person")
                .get(runs)
                .json()
                .path("approval")
                .path("digest")
                .asString();
        answers.client("person").post(runs + "/actions/approve", "{\"digest\": \"" + seen + "\"}");
        answers.client("person").get(runs + "?wait=30");
        answers.get("assistant", runs + "?output=true");
        String other =
                ALL + "/" + id(answers.make("rejected", "assistant", RUN, "{'command': 'echo no', 'stdin': 'x'}"));
        answers.post("theirBoss", other + "/actions/reject", "");
        answers.post("person", other + "/actions/reject", "{'surplus': 1}");
        answers.post("person", other + "/actions/reject", "{}");
        answers.get("person", other);
        answers.post("person", other + "/actions/reject", "{}");
        answers.post("assistant", RUN, "{'command': 'x', 'stdinFollows': true}");
        answers.post("assistant", RUN, "{'command': 'x', 'secretEnv': {'A': 'long enough'}}");
        answers.post("assistant", "/api/v2/vps/1/agent/exec", "{'command': 'x'}");
        answers.post("assistant", "/api/vm/1/agent/exec", "{'command': 'x'}");
        answers.post("admin", ALL + "/" + NOTHING + "/actions/approve", body);
        answers.post("admin", ALL + "/" + NOTHING + "/actions/reject", "{}");
    }

    private void savedCommands() {
        recording.section("Saved commands");
        String saved = "/api/v2/saved-commands";
        String show =
                "{'name': 'show', 'description': 'shows', 'argv': ['printf', '%s|', '{{x}}'], 'timeoutSeconds': 20,"
                        + " 'parameters': [{'name': 'x', 'type': 'string', 'as': 'argument', 'pattern': '[a-z]+', 'maxLength': 9}]}";
        answers.get("boss", saved);
        answers.post("boss", saved, show);
        answers.post("boss", saved, show);
        answers.post("boss", saved, "{'name': 'plain', 'command': 'cat', 'stdin': true, 'env': {'A': 'b'}}");
        answers.post("admin", saved, "{'name': 'operators', 'argv': ['true']}");
        answers.get("boss", saved);
        answers.get("reader", saved + "?account=" + ours);
        answers.get("admin", saved + "?account=" + ours + "&limit=1");
        page("admin", saved + "?account=" + ours + "&limit=1");
        answers.get("admin", saved);
        answers.get("boss", saved + "/show");
        answers.get("ourWriter", saved + "/plain");
        answers.get("theirBoss", saved + "/show");
        answers.get("boss", saved + "/nothing");
        answers.get("boss", saved + "/a%20b");
        answers.post("boss", saved, "{}");
        answers.post("boss", saved, "{'name': 'a b', 'argv': ['{{y}}'], 'command': 'x', 'surplus': 1}");
        answers.post("boss", saved, "{'name': 'a', 'argv': ['{{y}}']}");
        answers.post(
                "boss",
                saved,
                "{'name': 'a', 'argv': ['sh', '-c', '{{y}}'],"
                        + " 'parameters': [{'name': 'y', 'type': 'string', 'as': 'argument'}]}");
        answers.post(
                "boss",
                saved,
                "{'name': 'a', 'argv': ['x'], 'parameters': [{'name': 'y', 'type': 'choice',"
                        + " 'as': 'argument', 'min': 4, 'default': 'q'}]}");
        answers.post("theirBoss", saved, "{'name': 'a', 'argv': ['x'], 'account': '" + ours + "'}");
        answers.post("ourWriter", saved, show);
        answers.make(
                "saved run", "ourWriter", RUN + "?wait=30", "{'savedCommand': 'show', 'parameters': {'x': 'abc'}}");
        answers.make("saved stdin", "ourWriter", RUN + "?wait=30", "{'savedCommand': 'plain', 'stdin': 'in'}");
        answers.post("ourWriter", RUN, "{'savedCommand': 'show', 'version': 1, 'parameters': {'x': 'ABC'}}");
        answers.post("ourWriter", RUN, "{'savedCommand': 'show', 'version': 3, 'parameters': {'y': 1}}");
        answers.post("ourWriter", RUN, "{'savedCommand': 'show', 'parameters': {'x': 1, 'y': 1}}");
        answers.post("ourWriter", RUN, "{'savedCommand': 'show', 'stdin': 'x', 'timeoutSeconds': 21}");
        answers.post("ourWriter", RUN, "{'savedCommand': 'nothing'}");
        answers.post("ourWriter", RUN, "{'savedCommand': 'show', 'command': 'x', 'cwd': '/'}");
        answers.post("ourWriter", RUN + "/actions/check", "{'savedCommand': 'show', 'parameters': {'x': 'abc'}}");
        answers.delete("theirBoss", saved + "/show?account=" + ours);
        answers.delete("boss", saved + "/show");
        answers.delete("boss", saved + "/show");
        answers.delete("admin", saved + "/plain?account=" + ours);
        answers.delete("admin", saved + "/operators?account=x");
    }

    private void masks() {
        recording.section("Masks");
        String masks = "/api/v2/masks";
        answers.get("boss", masks);
        answers.post("boss", masks, "{'name': 'token', 'pattern': 'tok-[0-9]+'}");
        answers.post("admin", masks + "?account=" + ours, "{'name': 'second', 'pattern': 'xyzzy'}");
        answers.post("boss", masks, "{'name': 'token', 'pattern': 'tok-[0-9]+'}");
        answers.post("boss", masks, "{'name': 'a b', 'pattern': '('}");
        answers.post("boss", masks, "{'name': 'all', 'pattern': '.*', 'surplus': 1}");
        answers.post("boss", masks, "{'name': 'all', 'pattern': 'a*'}");
        answers.post("boss", masks, "{}");
        answers.post("admin", masks + "?account=x", "{'name': 'a', 'pattern': 'secret'}");
        answers.post("theirBoss", masks + "?account=" + ours, "{'name': 'a', 'pattern': 'secret'}");
        answers.get("boss", masks);
        answers.get("theirBoss", masks);
        answers.get("admin", masks);
        answers.get("admin", masks + "?account=" + ours);
        String path = ended("masked", "ourWriter", "{'command': 'echo a tok-123 b; echo xyzzy'}");
        answers.get("ourWriter", path + "?output=true");
        answers.get("ourWriter", path + "/output");
        answers.get("ourWriter", path + "/output?offset=3&limit=4");
        answers.get("ourWriter", path + "/output", "Range", "bytes=3-6");
        answers.get("ourWriter", path + "/events");
        answers.get("admin", path + "/output");
        answers.delete("boss", masks + "/token");
        answers.delete("boss", masks + "/token");
        answers.delete("theirBoss", masks + "/second?account=" + ours);
        answers.delete("admin", masks + "/second?account=" + ours);
    }

    private void vms() {
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

    private void power() throws Exception {
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
    private void switchOn() {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(10))
                .until(() -> Files.deleteIfExists(folder.resolve("start")));
        on.on();
    }

    /** Asks for something with power, and waits for its end where it begins: it is not to get in the way of what follows. */
    private void act(String path, String body) {
        TestAnswer begun = answers.post("power", path, body);
        if (begun.status() == 202) {
            operation("power", id(begun));
        }
    }

    private void operation(String caller, String id) {
        answers.get(caller, "/api/v2/operations/" + id + "?wait=60");
    }

    private void malformed() throws IOException {
        recording.section("Requests that no route gets to see");
        for (String path : List.of(
                "/api//v2/vps",
                "/api/v2/vps/",
                "/api/v2/vps;a=b",
                "/api/v2/%76ps",
                "/api/v2/../v2/vps",
                "/API/v2/vps",
                "/api/v2/vps/%2e%2e",
                "/api/v2/vps/1%2F",
                "/api/v2/vps?limit=1&limit=2",
                "/api/vm/1//status")) {
            answers.get("admin", path);
        }
        answers.get("admin", "/api/v2/vps?" + "x".repeat(9_000));
        answers.get("admin", "/api/v2/vps", "X-Long", "x".repeat(20_000));
        answers.raw("GET", "/api/v2/vps?limit=%zz");
        answers.raw("BREW", "/api/v2/vps");
        answers.raw("TRACE", "/api/v2/vps");
        answers.raw("POST", RUN, "Transfer-Encoding: gzip");
        answers.raw("POST", RUN, "Content-Length: x");
        answers.raw("POST", "/api/vm/1/agent/exec", "Content-Length: 9000000000000000");
        answers.raw("POST", RUN, "Content-Length: 9000000000000000");
        answers.raw("POST", RUN, "Expect: 100-continue", "Content-Length: 9000000000000000");
    }

    private void audit() throws IOException {
        recording.section("Audit");
        String audit = "/api/v2/audit";
        answers.get("admin", audit + "?vm=3&action=operation.end&limit=50");
        answers.get("admin", audit + "?vm=3&action=POST%20/api/v2/vps/%7Bvmid%7D/actions/restart");
        answers.get("admin", audit + "?action=execution.end&limit=5");
        answers.get("admin", audit + "?outcome=refused&vm=2&limit=10");
        answers.get("admin", audit + "?key=" + answers.idOf("boss") + "&limit=4");
        page("admin", audit + "?key=" + answers.idOf("boss") + "&limit=4");
        answers.get("admin", audit + "?since=2999-01-01T00:00:00Z");
        answers.get("admin", audit + "?since=x&until=y&vm=z&outcome=perhaps&limit=0&cursor=%20&key=%20");
        answers.get("admin", audit + "/export?vm=2&action=POST%20/api/vm/%7Bvmid%7D/agent/exec");
        answers.get("admin", audit + "/export?until=2000-01-01T00:00:00Z");
        answers.get("admin", audit + "/export?since=x");
        answers.get("boss", audit);
        answers.get("boss", audit + "/export");
    }

    private void encryption() {
        recording.section("Encryption");
        answers.get("admin", "/api/v2/encryption");
        answers.post("admin", "/api/v2/encryption/actions/rotate", "");
        Awaitility.await()
                .until(() -> answers.client("admin")
                        .get("/api/v2/encryption")
                        .json()
                        .path("olderKeyIds")
                        .isEmpty());
        answers.get("admin", "/api/v2/encryption");
        answers.get("boss", "/api/v2/encryption");
    }

    private void ends() throws IOException {
        recording.section("Ends");
        answers.delete("admin", "/api/v2/accounts/" + ours);
        answers.delete("admin", "/api/v2/accounts/" + theirs);
        answers.post("admin", "/api/v2/vps/1/actions/unassign", "");
        answers.get("ourWriter", ALL + "?limit=2");
        // What these hold is documentation, or is not the same twice.
        for (String path : List.of("/openapi.yaml", "/problems/not_found", "/metrics")) {
            TestAnswer answer = answers.client("nobody").get(path);
            answers.recordWithoutBody("nobody", path, answer);
        }
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/openapi.yaml"))) {
            assertThat(answers.client("nobody").get("/openapi.yaml").body()).isEqualTo(in.readAllBytes());
        }
    }

    private List<String> untried() throws IOException {
        return Operation.all().stream()
                .filter(operation -> answers.succeeded().stream().noneMatch(operation::matches))
                .map(Operation::id)
                .toList();
    }

    /** An operation of openapi.yaml, whose layout is plain enough to be read by lines. */
    private record Operation(String method, String path, String id) {
        private static final Pattern LINE =
                Pattern.compile("^  (/\\S*):$|^    (get|put|post|delete|patch):$|^      operationId: (\\S+)$");

        static List<Operation> all() throws IOException {
            List<Operation> all = new ArrayList<>();
            String path = "";
            String method = "";
            try (InputStream in = Objects.requireNonNull(Operation.class.getResourceAsStream("/openapi.yaml"))) {
                for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
                    Matcher matcher = LINE.matcher(line);
                    if (!matcher.matches()) {
                        continue;
                    }
                    path = matcher.group(1) == null ? path : matcher.group(1);
                    method =
                            matcher.group(2) == null ? method : matcher.group(2).toUpperCase(Locale.ROOT);
                    if (matcher.group(3) != null) {
                        all.add(new Operation(method, path, matcher.group(3)));
                    }
                }
            }
            assertThat(all).hasSizeGreaterThan(50);
            return all;
        }

        boolean matches(String request) {
            return request.matches(method + " " + path.replaceAll("\\{[^}]*\\}", "[^/]+"));
        }
    }

    @Test
    void brokenBodiesAreRefusedAsTheyWere() throws Exception {
        String waits = id(answers.make(
                "execution", "admin", "/api/v2/vps/4/executions", "{'command': 'x', 'deliveryTimeoutSeconds': 600}"));
        String account = id(answers.make("account", "admin", "/api/v2/accounts", "{'name': 'a'}"));
        String key = id(answers.make("reader", "admin", "/api/v2/keys", "{'name': 'n', 'scopes': ['read:vm']}"));
        Map<String, String> ids =
                Map.of("/api/v2/executions/", waits, "/api/v2/keys/", key, "/api/v2/accounts/", account);
        List<BrokenBody> bodies = BrokenBody.all().stream()
                .sorted(Comparator.comparing(BrokenBody::path)
                        .thenComparing(BrokenBody::method)
                        .thenComparing(BrokenBody::pointer)
                        .thenComparing(BrokenBody::json))
                .toList();
        for (BrokenBody body : bodies) {
            String id = ids.entrySet().stream()
                    .filter(entry -> body.path().startsWith(entry.getKey()))
                    .map(Map.Entry::getValue)
                    .findAny()
                    .orElse("");
            answers.play(
                    "admin",
                    body.method().toUpperCase(Locale.ROOT),
                    body.path().replace("{vmid}", "1").replace("{id}", id),
                    body.json());
        }
        recording.check("broken-bodies.txt");
    }
}
