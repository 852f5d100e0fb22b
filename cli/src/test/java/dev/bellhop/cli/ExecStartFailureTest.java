// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static dev.bellhop.cli.GuestStub.EXEC;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
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

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    @ParameterizedTest
    @CsvSource({
        "401, Unauthorized, UNAUTHORIZED, Cannot use this key, BELLHOP_KEY",
        "404, Not Found, NOT_FOUND, Cannot find VM 10000, Cannot find VM 10000",
        "409, Conflict, CONFLICT, Cannot reach the agent, Cannot reach the agent",
        "500, Internal Server Error, INTERNAL_ERROR, Cannot answer, " + StubAnswer.REQUEST_ID,
        "504, Gateway Timeout, GATEWAY_TIMEOUT, Cannot tell whether it started, Cannot tell whether it started",
    })
    void whatTheServerRefusesIs255WithItsWords(int status, String error, String code, String message, String expected) {
        cli.server.on("POST", EXEC, StubAnswer.v1Error(status, error, code, message));

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
    void aStartWithoutAnAnswerIsNotRepeatedAndSaysWhatIsNotKnown() throws IOException, InterruptedException {
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
        assertThat(run.err()).contains("Whether the command was started cannot be told");
        assertThat(connections).hasValue(1);
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
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            cli.env.put("BELLHOP_URL", "http://127.0.0.1:" + silent.getLocalPort());

            Cli.Run run = cli.run("exec", "10000", "--", "true");

            assertThat(run.exitCode()).isEqualTo(255);
            assertThat(run.err()).contains("no answer came within 50 ms", "cannot be told");
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
            value = {"exec", "exec 10000", "exec x -- true", "exec 0 -- true", "exec 10000 ls -la", "result 10000"})
    void aWrongCommandLineIs255BecauseOtherCodesAreTheGuests(String line) {
        Cli.Run run = cli.run(line.split(" ", -1));

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err())
                .startsWith("bellhop: Cannot understand the command line: ")
                .contains("--help");
        assertThat(cli.server.requests()).isEmpty();
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }
}
