// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.run.CommandResult;
import dev.bellhop.api.client.run.RunOptions;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionOutput;
import dev.bellhop.api.v2.execution.ExecutionState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A command that the client runs to its end, with all of its output. */
class CommandRunTest {

    private static final String CREATE = "/api/v2/vps/10000/executions";
    private static final String ONE = "/api/v2/executions/e1";
    private static final CreateExecution WANTED =
            CreateExecution.command("make").build();

    private final StubServer server = new StubServer();
    private final BellhopClient client = BellhopClient.builder(server.url())
            .key("bellhop_4b1d7c09e2aa_" + "0".repeat(64))
            .build();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private List<String> sent() {
        return server.requests().stream()
                .map(request -> request.method() + " " + request.target())
                .toList();
    }

    @Test
    void smallOutputNeedsNoSecondRequest() throws InterruptedException {
        ExecutionOutput output = new ExecutionOutput(ExecutionOutput.UTF_8, "Linux\n", "oops\n");
        server.on("POST", CREATE, StubAnswer.execution(201, Views.ended(output)));

        CommandResult result = client.run(10000, WANTED);

        assertThat(result.stdoutText()).isEqualTo("Linux\n");
        assertThat(result.stderrText()).isEqualTo("oops\n");
        assertThat(result.isSuccess()).isTrue();
        assertThat(result.isOutputComplete()).isTrue();
        assertThat(ExecutionState.of(result.execution().state())).isEqualTo(ExecutionState.EXITED);
        assertThat(result.toString()).doesNotContain("Linux", "oops");
        assertThat(sent()).containsExactly("POST " + CREATE + "?wait=60");
    }

    @Test
    void longCommandIsAwaitedBeyondTheLongestWaitOfTheServer() throws InterruptedException {
        AtomicInteger asked = new AtomicInteger();
        server.on("POST", CREATE, StubAnswer.execution(201, Views.running()))
                .on(
                        "GET",
                        ONE,
                        request -> StubAnswer.execution(
                                200,
                                asked.incrementAndGet() < 3
                                        ? Views.running()
                                        : Views.ended(new ExecutionOutput(ExecutionOutput.UTF_8, "done", ""))));

        assertThat(client.run(10000, WANTED).stdoutText()).isEqualTo("done");
        assertThat(sent())
                .containsExactly(
                        "POST " + CREATE + "?wait=60",
                        "GET " + ONE + "?wait=60",
                        "GET " + ONE + "?wait=60",
                        "GET " + ONE + "?wait=60");
    }

    @Test
    void largeOutputComesInPieces() throws InterruptedException {
        byte[] large = new byte[2_500_000];
        Arrays.fill(large, (byte) 'x');
        server.on("POST", CREATE, StubAnswer.execution(201, Views.endedWith(large.length, 0)))
                .on("GET", ONE + "/output", request -> StubAnswer.output(request, large, 1 << 20));

        CommandResult result = client.run(10000, WANTED);

        assertThat(result.stdout()).isEqualTo(large);
        assertThat(result.stderr()).isEmpty();
        assertThat(result.isOutputComplete()).isTrue();
    }

    @Test
    void outputBeyondTheLimitOfTheCallerIsMissingAndSaidToBe() throws InterruptedException {
        byte[] all = "0123456789".getBytes(StandardCharsets.UTF_8);
        server.on("POST", CREATE, StubAnswer.execution(201, Views.endedWith(all.length, 0)))
                .on("GET", ONE + "/output", request -> StubAnswer.output(request, all, 3));
        RunOptions options = RunOptions.builder().maxOutputBytes(7).build();

        CommandResult result = client.executions().run(10000, WANTED, options);

        assertThat(result.stdoutText()).isEqualTo("0123456");
        assertThat(result.isOutputComplete()).isFalse();
    }

    @Test
    void startIsSentAgainWithTheSameIdempotencyKey() throws InterruptedException {
        AtomicInteger asked = new AtomicInteger();
        server.on(
                "POST",
                CREATE,
                request -> asked.incrementAndGet() == 1
                        ? StubAnswer.foreign(502, "text/html", "<h1>Bad Gateway</h1>")
                        : StubAnswer.execution(
                                201, Views.ended(new ExecutionOutput(ExecutionOutput.UTF_8, "once", ""))));

        assertThat(client.run(10000, WANTED).stdoutText()).isEqualTo("once");

        assertThat(server.requests()).hasSize(2);
        assertThat(server.requests().get(0).header("Idempotency-Key"))
                .isNotBlank()
                .isEqualTo(server.requests().get(1).header("Idempotency-Key"));
    }

    @Test
    void refusalIsNotRetriedAndNamesPolicyAndRule() {
        server.on("POST", CREATE, StubAnswer.policyRefused("key", "no-reboot", CREATE));

        assertThatExceptionOfType(BellhopApiException.class)
                .isThrownBy(() -> client.run(10000, WANTED))
                .satisfies(e -> {
                    assertThat(e.code()).contains("policy_refused");
                    assertThat(e.policy()).contains("key");
                    assertThat(e.rule()).contains("no-reboot");
                    assertThat(e.mayPass()).isFalse();
                });
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void outageThatLastsTooLongEndsTheRun() {
        server.on("POST", CREATE, StubAnswer.foreign(503, "text/html", "<h1>Unavailable</h1>"));
        RunOptions options = RunOptions.builder().maxOutage(Duration.ZERO).build();

        assertThatExceptionOfType(BellhopApiException.class)
                .isThrownBy(() -> client.executions().run(10000, WANTED, options))
                .satisfies(e -> assertThat(e.status()).isEqualTo(503));
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void waitThatIsTooShortReturnsTheRunningExecution() throws InterruptedException {
        server.on("GET", ONE, StubAnswer.execution(200, Views.running()));

        assertThat(client.executions().awaitEnd("e1", Duration.ZERO)).isEqualTo(Views.running());
        assertThat(sent()).containsExactly("GET " + ONE);
    }
}
