// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer;
import dev.bellhop.cli.Cli;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a command cannot be started, or nobody knows whether it was. */
class ExecStartFailureTest {

    private static final String EXECUTIONS = "/api/v2/vps/10000/executions";

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    @ParameterizedTest
    @CsvSource({
        "401, unauthorized, Cannot use this key, BELLHOP_KEY",
        "409, agent_unavailable, Cannot reach the agent, Cannot reach the agent",
        "429, too_many_executions, Cannot run one more, Cannot run one more",
        "500, internal_error, Cannot answer, " + StubAnswer.REQUEST_ID,
        "503, store_unavailable, Cannot store it, Cannot store it",
    })
    void whatTheServerRefusesIs255WithItsWords(int status, String code, String message, String expected) {
        cli.server.on("POST", EXECUTIONS, request -> problem(request, status, code, message));

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .startsWith("bellhop: " + message)
                .contains(expected)
                .doesNotContain("\tat ");
        assertThat(cli.server.requests()).hasSize(1);
    }

    @Test
    void anIdempotencyKeyThatNoServerTakesIsRefusedAtOnce() {
        Cli.Run run = cli.run("exec", "--idempotency-key", "\u00fc", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).startsWith("bellhop: Cannot use that idempotency key because it is not 1 to 255 visible");
        assertThat(cli.server.requests()).isEmpty();
    }

    @Test
    void aPortThatIsNoneIsSaidToBeNone() {
        Cli.Run run = cli.run("exec", "--url", "http://127.0.0.1:70000", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).startsWith("bellhop: Cannot use a URL with a port that is not between 1 and 65535");
    }

    @Test
    void aHandshakeThatBreaksHasStartedNothing() throws Exception {
        try (ServerSocket rude = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread hangUp = Thread.ofVirtual().start(() -> {
                try (Socket accepted = rude.accept()) {
                    accepted.getInputStream().readNBytes(5);
                } catch (IOException e) {
                    // The client has hung up.
                }
            });
            cli.env.put("BELLHOP_URL", "https://127.0.0.1:" + rude.getLocalPort());

            Cli.Run run = cli.run("exec", "10000", "--", "true");

            assertThat(run.exitCode()).isEqualTo(255);
            assertThat(run.err())
                    .contains("the connection broke before TLS came about")
                    .doesNotContain("cannot be told", "trying again");
            hangUp.join();
        }
    }

    @Test
    void anUnconfirmedStartIsRetriedWithTheSameKey() {
        AtomicInteger asked = new AtomicInteger();
        cli.server.on("POST", EXECUTIONS, request -> switch (asked.incrementAndGet()) {
            case 1 -> problem(request, 504, "start_unconfirmed", "Cannot tell whether it started");
            case 2 -> StubAnswer.foreign(502, "text/html", "<h1>Bad Gateway</h1>");
            default -> problem(request, 409, "agent_unavailable", "Cannot reach the agent");
        });

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err())
                .startsWith("bellhop: Cannot tell whether it started; it shows once the guest agent answers\n")
                .endsWith("bellhop: Cannot reach the agent\n");
        assertThat(cli.server.requests()).hasSize(3);
        assertThat(cli.server.requests())
                .extracting(request -> request.header("Idempotency-Key"), StubServer.Request::body)
                .containsOnly(tuple(
                        cli.server.requests().getFirst().header("Idempotency-Key"),
                        cli.server.requests().getFirst().body()));
    }

    @ParameterizedTest
    @CsvSource({"401, unauthorized", "403, forbidden", "404, not_found"})
    void aRefusedRetryDoesNotClaimThatNothingWasStarted(int status, String code) {
        AtomicInteger asked = new AtomicInteger();
        cli.server.on(
                "POST",
                EXECUTIONS,
                request -> asked.incrementAndGet() == 1
                        ? problem(request, 504, "start_unconfirmed", "Cannot tell whether it started")
                        : problem(request, status, code, "Cannot go on with this key"));

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("Cannot go on with this key", "Whether the command was started cannot be told");
    }

    @Test
    void eachRunHasANameOfItsOwn() {
        cli.server.on("POST", EXECUTIONS, request -> problem(request, 409, "agent_unavailable", "Cannot reach it"));

        cli.run("exec", "10000", "--", "true");
        cli.run("exec", "10000", "--", "true");

        assertThat(cli.server.requests())
                .extracting(request -> request.header("Idempotency-Key"))
                .doesNotContainNull()
                .doesNotHaveDuplicates();
    }

    private static StubAnswer problem(StubServer.Request request, int status, String code, String message) {
        StubAnswer answer = StubAnswer.problem(status, code, message, request.target(), null);
        return status == 429 || status == 503 ? answer.with("Retry-After", "1") : answer;
    }

    @Test
    void nobodyListening() throws IOException {
        cli.env.put("BELLHOP_URL", "http://127.0.0.1:" + freePort());

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err())
                .startsWith("bellhop: Cannot reach http://127.0.0.1:")
                .contains("bellhop server", "--url")
                .doesNotContain("\tat ");
    }

    @Test
    void givesUpOnAServerThatAlwaysHangsUp() throws IOException, InterruptedException {
        cli.reconnectTimeout = Duration.ofMillis(300);
        AtomicInteger connections = new AtomicInteger();
        Cli.Run run;
        Thread hangUp;
        try (ServerSocket rude = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            hangUp = Thread.ofVirtual().start(() -> hangUpOnEveryone(rude, connections));
            cli.env.put("BELLHOP_URL", "http://127.0.0.1:" + rude.getLocalPort());
            run = cli.run("exec", "10000", "--", "true");
        }
        hangUp.join();

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("Whether the command was started cannot be told", "bellhop ps --all 10000");
        assertThat(connections).hasValueGreaterThan(1);
    }

    private static void hangUpOnEveryone(ServerSocket server, AtomicInteger connections) {
        try {
            while (true) {
                try (Socket accepted = server.accept()) {
                    connections.incrementAndGet();
                    accepted.getInputStream().read();
                }
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    @Test
    void aServerThatDoesNotAnswerInTime() throws IOException {
        cli.requestTimeout = Duration.ofMillis(50);
        cli.reconnectTimeout = Duration.ZERO;
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            String url = "http://127.0.0.1:" + silent.getLocalPort();

            Cli.Run run = cli.run("exec", "--url", url, "10000", "--", "true");

            assertThat(run.exitCode()).isEqualTo(255);
            assertThat(run.err())
                    .contains(
                            "no answer came within 50 ms",
                            "cannot be told",
                            "look for it with: bellhop ps --url '" + url + "' --all 10000");
        }
    }

    @Test
    void withoutAKeyItSaysWhereToGetOne() {
        cli.env.remove("BELLHOP_KEY");

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("BELLHOP_KEY", "admin.key");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "exec",
                "exec 10000",
                "exec 0 -- true",
                "exec 10000 -la ls",
                "exec --timeout 5x 1 -- true",
                "exec --label x 1 -- true",
                "logs"
            })
    void aWrongCommandLineExitsWith255(String line) {
        Cli.Run run = cli.run(line.split(" ", -1));

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err())
                .startsWith("bellhop: Cannot understand the command line: ")
                .contains("--help");
        assertThat(cli.server.requests()).isEmpty();
    }

    @Test
    void anOptionThatThereIsNotIsNamedWithTheRightForm() {
        assertThat(cli.run("exec", "10000", "--timout", "5", "--", "true").err())
                .contains("'--timout'", "did you mean --timeout?", "bellhop exec [OPTIONS] VM -- COMMAND...");
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }
}
