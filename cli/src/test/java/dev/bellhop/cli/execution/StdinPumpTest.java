// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.execution.StdinPosition;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.Retries;
import dev.bellhop.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of standard input when the server does not take it at once. */
@Timeout(60)
class StdinPumpTest {

    private static final String PATH = "/api/v2/executions/e1/stdin";
    private static final String TEXT = "text\n";

    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final CountDownLatch over = new CountDownLatch(1);

    private StdinPump pump(StubServer server) {
        Duration soon = Duration.ofSeconds(10);
        Terminal terminal = new Terminal(OutputStream.nullOutputStream(), OutputStream.nullOutputStream());
        CliContext context =
                new CliContext(Map.of(), Cli.TERMINAL, terminal, Clock.systemUTC(), soon, soon, Duration.ofMillis(1));
        StdinBuffer input = StdinBuffer.of(new ByteArrayInputStream(TEXT.getBytes(StandardCharsets.UTF_8)));
        return new StdinPump(new BellhopClient(server.url(), Cli.KEY, soon, soon), new Retries(context), input, why -> {
            failures.add(why);
            over.countDown();
        });
    }

    private static StubAnswer problem(StubServer.Request request, int status, String code) {
        return StubAnswer.problem(status, code, "Cannot take it now", request.target(), null);
    }

    @ParameterizedTest
    @CsvSource({"409, execution_pending", "409, agent_unavailable", "409, stdin_full", "504, start_unconfirmed"})
    void whatTheServerTakesLaterIsSentAgain(int status, String code) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (StubServer server = new StubServer()) {
            server.on("POST", PATH, request -> {
                if (asked.incrementAndGet() == 1) {
                    return problem(request, status, code);
                }
                if (request.target().contains("end=true")) {
                    over.countDown();
                }
                return StubAnswer.json(200, new StdinPosition(TEXT.length()));
            });
            try (StdinPump pump = pump(server)) {
                pump.start("e1");
                assertThat(over.await(30, TimeUnit.SECONDS)).isTrue();
            }

            assertThat(failures).isEmpty();
            assertThat(server.requests()).hasSizeGreaterThan(1);
            assertThat(server.requests().get(1))
                    .extracting(StubServer.Request::target, StubServer.Request::body)
                    .containsExactly(
                            server.requests().getFirst().target(),
                            server.requests().getFirst().body());
        }
    }

    @Test
    void whatTheServerNeverTakesIsSaid() throws Exception {
        try (StubServer server = new StubServer()) {
            server.on("POST", PATH, request -> problem(request, 409, "not_supported"));
            try (StdinPump pump = pump(server)) {
                pump.start("e1");
                assertThat(over.await(30, TimeUnit.SECONDS)).isTrue();
            }

            assertThat(failures).containsExactly("Cannot take it now");
        }
    }
}
