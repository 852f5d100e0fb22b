// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.query.ExecutionQuery;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.PolicyDecision;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionOutput;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.api.v2.execution.StdinPosition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the client sends of executions, and what it makes of a success. */
class ExecutionCallsTest {

    private static final String CREATE = "/api/v2/vps/10000/executions";
    private static final String ONE = "/api/v2/executions/e1";
    private static final String KEY = "bellhop_4b1d7c09e2aa_" + "0".repeat(64);

    private final StubServer server = new StubServer();
    private final BellhopClient client =
            new BellhopClient(server.url(), KEY, Duration.ofSeconds(10), Duration.ofSeconds(30));

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private StubServer.Request sent() {
        return server.requests().getLast();
    }

    @Test
    void runsACommandAndWaitsForItsEnd() throws InterruptedException {
        ExecutionView ended = Views.ended(new ExecutionOutput(ExecutionOutput.UTF_8, "Linux\n", ""));
        server.on("POST", CREATE, StubAnswer.execution(201, ended));

        CreateExecution wanted = CreateExecution.command("uname")
                .env(Map.of("B", "2", "A", "1"))
                .timeoutSeconds(60)
                .labels(Map.of())
                .build();
        assertThat(client.executions().create(10000, wanted, "build-17", Duration.ofMillis(1500)))
                .isEqualTo(ended);

        assertThat(sent().target()).isEqualTo(CREATE + "?wait=1%2E5");
        assertThat(sent().header("Idempotency-Key")).isEqualTo("build-17");
        assertThat(sent().body())
                .isEqualTo("{\"command\":\"uname\",\"env\":{\"A\":\"1\",\"B\":\"2\"},\"timeoutSeconds\":60}");
    }

    @Test
    void asksWhatPolicySaysWithoutStartingAnything() throws InterruptedException {
        PolicyDecision refused = new PolicyDecision("refused", "key", "no-reboot");
        server.on("POST", CREATE + "/actions/check", StubAnswer.json(200, refused));

        assertThat(client.executions()
                        .dryRun(10000, CreateExecution.command("reboot").build()))
                .isEqualTo(refused);

        assertThat(server.requests()).hasSize(1);
        assertThat(sent().target()).isEqualTo(CREATE + "/actions/check");
        assertThat(sent().body()).isEqualTo("{\"command\":\"reboot\"}");
    }

    @Test
    void asksForNothingThatWasNotAskedFor() throws InterruptedException {
        server.on("POST", CREATE, StubAnswer.execution(201, Views.running()));

        CreateExecution wanted =
                CreateExecution.argv(List.of("tar", "-x")).stdinFollows().build();
        client.executions().create(10000, wanted, null, Duration.ZERO);

        assertThat(sent().target()).isEqualTo(CREATE);
        assertThat(sent().header("Idempotency-Key")).isNull();
        assertThat(sent().body()).isEqualTo("{\"argv\":[\"tar\",\"-x\"],\"stdinFollows\":true}");
    }

    @Test
    void aRefusalKeepsTheServersWords() {
        server.on(
                "POST",
                CREATE,
                request -> StubAnswer.problem(422, "idempotency_key_reused", "Cannot …", request.target(), null));

        CreateExecution wanted = CreateExecution.command("true").build();
        assertThatExceptionOfType(BellhopApiException.class)
                .isThrownBy(() -> client.executions().create(10000, wanted, "k", Duration.ZERO))
                .satisfies(e -> assertThat(e.code()).contains("idempotency_key_reused"));
    }

    @Test
    void outputComesAsBytesWhateverItsEncoding() {
        ExecutionOutput text = new ExecutionOutput(ExecutionOutput.UTF_8, "ä", "");
        ExecutionOutput bytes = new ExecutionOutput(ExecutionOutput.BASE64, "/w==", "");

        assertThat(text.stdoutBytes()).isEqualTo("ä".getBytes(StandardCharsets.UTF_8));
        assertThat(bytes.stdoutBytes()).containsExactly(0xff);
        assertThat(bytes.stderrBytes()).isEmpty();
    }

    @Test
    void readsOneAndAList() throws InterruptedException {
        Page<ExecutionView> page = new Page<>(List.of(Views.running(), Views.ended(null)), "next");
        server.on("GET", ONE, StubAnswer.execution(200, Views.running()))
                .on("GET", CREATE, StubAnswer.json(200, page))
                .on("GET", "/api/v2/executions", StubAnswer.json(200, page));

        assertThat(client.executions().get("e1", Duration.ofSeconds(60))).isEqualTo(Views.running());
        assertThat(sent().target()).isEqualTo(ONE + "?wait=60");
        assertThat(client.executions().list(ExecutionQuery.ofVm(10000), null, null))
                .isEqualTo(page);
        assertThat(sent().target()).isEqualTo(CREATE);

        ExecutionQuery query = new ExecutionQuery(
                null, List.of("pending", "running"), Map.of("job", "a b"), Instant.parse("2026-01-31T12:00:00Z"), null);
        client.executions().list(query, 10, "c");
        assertThat(sent().target())
                .isEqualTo("/api/v2/executions?state=pending&state=running&label=job%3Da%20b"
                        + "&since=2026-01-31T12%3A00%3A00Z&limit=10&cursor=c");

        client.executions()
                .list(
                        ExecutionQuery.builder()
                                .vm(10000)
                                .keyId("k1")
                                .savedCommand("deploy")
                                .build(),
                        null,
                        null);
        assertThat(sent().target()).isEqualTo(CREATE + "?key=k1&savedCommand=deploy");
    }

    @Test
    void cancelsSignalsAndWrites() throws InterruptedException {
        server.on(
                        "POST",
                        ONE + "/actions/cancel",
                        StubAnswer.execution(202, Views.running()).with("X-Stored", "true"))
                .on("POST", ONE + "/actions/signal", StubAnswer.execution(202, Views.running()))
                .on("POST", ONE + "/stdin", StubAnswer.json(200, new StdinPosition(7)));

        assertThat(client.executions().cancel("e1", null).state()).isEqualTo("running");
        assertThat(sent().body()).isEqualTo("{}");
        client.executions().cancel("e1", 0);
        assertThat(sent().body()).isEqualTo("{\"graceSeconds\":0}");
        client.executions().signal("e1", "HUP");
        assertThat(sent().body()).isEqualTo("{\"signal\":\"HUP\"}");
        assertThat(client.executions().writeStdin("e1", 4, "abc".getBytes(StandardCharsets.UTF_8), false))
                .isEqualTo(7);
        assertThat(sent().target()).isEqualTo(ONE + "/stdin?offset=4");
        assertThat(sent().body()).isEqualTo("abc");
        assertThat(sent().header("Content-Type")).isEqualTo("application/octet-stream");
        client.executions().writeStdin("e1", 7, new byte[0], true);
        assertThat(sent().target()).isEqualTo(ONE + "/stdin?offset=7&end=true");
    }

    @Test
    void commandsAndOutputAreNotInToString() {
        String secret = "hunter2";
        CreateExecution wanted = CreateExecution.command(secret)
                .stdin(secret)
                .env(Map.of("A", secret))
                .build();
        ExecutionView view = Views.ended(new ExecutionOutput(ExecutionOutput.UTF_8, secret, secret));

        assertThat(List.of(wanted, view, CreateExecution.argv(List.of(secret)).build()))
                .allSatisfy(record -> assertThat(record.toString()).doesNotContain(secret));
    }
}
