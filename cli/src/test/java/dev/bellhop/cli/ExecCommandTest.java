// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer.Request;
import dev.bellhop.api.v1.AgentAvailability;
import dev.bellhop.api.v1.ExecRequest;
import dev.bellhop.api.v1.ExecResult;
import dev.bellhop.api.v1.ExecStarted;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExecCommandTest {

    private static final String EXEC = "/api/vm/10000/agent/exec";
    private static final String OUTPUT = "/api/v2/executions/e1/output";

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    @Test
    void passesOnOutputAndExitCode() {
        starts();
        answers(ended(3, null, "out\n", "err\n"));

        Cli.Run run = cli.run("exec", "10000", "--", "sh -c 'something'");

        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.out()).isEqualTo("out\n");
        assertThat(run.err()).isEqualTo("err\n");
        assertThat(sentCommand()).isEqualTo("sh -c 'something'");
    }

    @Test
    void severalArgumentsAreQuotedEvenThoseThatLookLikeOurs() {
        starts();
        answers(ended(0, null, "", ""));

        cli.run("exec", "10000", "--", "git", "log", "--output", "a b", "--", "@file", "-h", "--help");

        assertThat(sentCommand()).isEqualTo("git log --output 'a b' -- @file -h --help");
    }

    @Test
    void optionsMayStandBeforeTheCommandAndAfterIt() {
        starts();
        answers(ended(0, null, "x", ""));
        String url = cli.env.remove("BELLHOP_URL") + "/";
        cli.env.put("BELLHOP_KEY", "wrong");

        Cli.Run run = cli.run("--url", url, "exec", "10000", "--key=" + Cli.KEY, "--", "true");

        assertThat(run.exitCode()).isZero();
        assertThat(cli.server.requests().getFirst().header("Authorization")).isEqualTo("Bearer " + Cli.KEY);
    }

    @Test
    void waitsUntilTheCommandHasEnded() {
        starts();
        AtomicInteger asked = new AtomicInteger();
        cli.server.on(
                "GET",
                EXEC,
                request -> StubAnswer.v1(asked.incrementAndGet() < 4 ? running() : ended(0, null, "done", "")));

        Cli.Run run = cli.run("exec", "10000", "--", "sleep 1");

        assertThat(run.out()).isEqualTo("done");
        assertThat(asked).hasValue(4);
    }

    @Test
    void outputThatIsTextNeedsNoFurtherRequest() {
        starts();
        answers(ended(0, null, "gr\u00fc\u00dfe \ud83d\ude00\0\n", ""));

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.out()).isEqualTo("gr\u00fc\u00dfe \ud83d\ude00\0\n");
        assertThat(cli.server.requests()).hasSize(2);
    }

    @Test
    void outputThatIsNotTextComesByteForByte() {
        byte[] bytes = {(byte) 0xff, 0, '\n', (byte) 0xfe, 'x'};
        starts();
        answers(ended(0, null, "\uFFFD\0\n\uFFFDx", "plain"));
        cli.server.on("GET", OUTPUT, request -> StubAnswer.output(request, bytes, 2));

        Cli.Run run = cli.run("exec", "10000", "--", "cat /bin/true");

        assertThat(run.outBytes()).isEqualTo(bytes);
        assertThat(run.err()).isEqualTo("plain");
        assertThat(cli.server.requests().stream().filter(r -> r.target().contains("stream=stdout")))
                .hasSize(3);
        assertThat(cli.server.requests().stream().filter(r -> r.target().contains("stream=stderr")))
                .isEmpty();
    }

    @Test
    void aServerWithoutTheBytesStillGivesTheText() {
        starts();
        answers(ended(0, null, "\uFFFDx", ""));

        assertThat(cli.run("exec", "10000", "--", "true").out()).isEqualTo("\uFFFDx");
    }

    @Test
    void jsonIsTheDataOfV1WithTheExitCodeOfTheGuest() {
        starts();
        ExecResult result = ended(1, null, "out", "err");
        answers(result);

        Cli.Run run = cli.run("exec", "--output", "json", "10000", "--", "false");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(Json.mapper().readValue(run.outBytes(), ExecResult.class)).isEqualTo(result);
        assertThat(run.err()).isEmpty();
    }

    @Test
    void aSignalGives128AndItsNumber() {
        starts();
        answers(ended(137, 9, "", ""));
        assertThat(cli.run("exec", "10000", "--", "true").exitCode()).isEqualTo(137);
    }

    @ParameterizedTest
    @CsvSource({"256", "-1", "-1073741819"})
    void anExitCodeThatNoProcessHereCanHaveIsNeverTakenForSuccess(int code) {
        starts();
        answers(ended(code, null, "", ""));

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("exit code " + code);
    }

    @Test
    void aLostCommandIsFailureWithItsReasonAndWhatItWrote() {
        starts();
        answers(new ExecResult(
                true, 7L, true, null, null, "before\n", "", "e1", "lost", "agent_forgot", null, Cli.NOW, Cli.NOW));

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.out()).isEqualTo("before\n");
        assertThat(run.err()).startsWith("bellhop: ").contains("lost", "agent_forgot", "may have run");
    }

    @Test
    void anEndWithoutAStatusIsSaidToBeSo() {
        starts();
        answers(new ExecResult(true, 7L, true, null, null, "", "", "e1", "exited", null, null, Cli.NOW, Cli.NOW));

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("Cannot tell how the command ended");
    }

    @Test
    void outputThatWasCutIsSaidToBeSo() {
        starts();
        answers(new ExecResult(true, 7L, true, 0, null, "x", "", "e1", "exited", null, true, Cli.NOW, Cli.NOW));

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).contains("16 MiB");
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
    void aServerThatIsAwayForAWhileIsWaitedFor() {
        starts();
        AtomicInteger asked = new AtomicInteger();
        cli.server.on("GET", EXEC, request -> switch (asked.incrementAndGet()) {
            case 1 -> StubAnswer.v1(running());
            case 2, 3 -> StubAnswer.v1Error(503, "Service Unavailable", "SERVICE_UNAVAILABLE", "Cannot answer now");
            case 4 -> StubAnswer.foreign(502, "text/html", "<h1>Bad Gateway</h1>");
            default -> StubAnswer.v1(ended(0, null, "done", ""));
        });

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo("done");
        assertThat(run.err()).isEqualTo("bellhop: Cannot answer now; trying again for 30 s\n");
    }

    @Test
    void aServerThatStaysAwayIsGivenUpWithAWayToTheResult() {
        cli.reconnectFor = Duration.ofMillis(20);
        starts();
        cli.server.on(
                "GET",
                EXEC,
                StubAnswer.v1Error(503, "Service Unavailable", "SERVICE_UNAVAILABLE", "Cannot answer now"));

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("Cannot answer now", "bellhop result 10000 7");
    }

    @Test
    void aLimitOfRequestsIsKept() {
        starts();
        AtomicInteger asked = new AtomicInteger();
        cli.server.on(
                "GET",
                EXEC,
                request -> asked.incrementAndGet() == 1
                        ? StubAnswer.v1RateLimited(1)
                        : StubAnswer.v1(ended(0, null, "done", "")));

        assertThat(cli.run("exec", "10000", "--", "true").out()).isEqualTo("done");
    }

    @Test
    void anotherAnswerWhileWaitingIsFinal() {
        starts();
        cli.server.on("GET", EXEC, StubAnswer.v1Error(404, "Not Found", "NOT_FOUND", "Cannot find the pid"));

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).startsWith("bellhop: Cannot find the pid");
    }

    @Test
    void aCommandOfTheLargestSizeIsSentAndALargerOneIsRefusedHere() {
        starts();
        answers(ended(0, null, "", ""));

        assertThat(cli.run("exec", "10000", "--", "\ud83d\ude00".repeat(4096)).exitCode())
                .isZero();
        Cli.Run tooLong = cli.run("exec", "10000", "--", "x".repeat(4097));

        assertThat(tooLong.exitCode()).isEqualTo(255);
        assertThat(tooLong.err()).contains("4097 characters", "4096", "script").doesNotContain("xxx");
        assertThat(cli.server.requests()).hasSize(2);
    }

    @Test
    void anEmptyCommandIsRefusedHere() {
        assertThat(cli.run("exec", "10000", "--", " ").err()).contains("empty");
        assertThat(cli.server.requests()).isEmpty();
    }

    @Test
    void aCommandThatCouldNotBeDecodedIsNotRunAsSomethingElse() {
        Cli.Run run = cli.run("exec", "10000", "--", "rm", "f\uFFFD\uFFFDr");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("LC_ALL=C.UTF-8");
        assertThat(cli.server.requests()).isEmpty();
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

    @Test
    void aResultCanBeReadLater() {
        answers(ended(4, null, "out", ""));

        Cli.Run run = cli.run("result", "10000", "7");

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.out()).isEqualTo("out");
        assertThat(cli.server.requests()).extracting(Request::target).containsExactly(EXEC + "?pid=7");
    }

    @Test
    void theVmsOwnPidHasNoResult() {
        cli.server.on("GET", EXEC, StubAnswer.v1(new AgentAvailability(true, true, AgentAvailability.AVAILABLE, true)));

        Cli.Run run = cli.run("result", "10000", "7");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("the VM's own process");
    }

    private void starts() {
        cli.server.on(
                "POST",
                EXEC,
                request -> StubAnswer.v1(new ExecStarted(
                        true,
                        Json.mapper()
                                .readValue(request.body(), ExecRequest.class)
                                .command(),
                        ExecStarted.MESSAGE,
                        7,
                        "e1")));
    }

    private void answers(ExecResult result) {
        cli.server.on("GET", EXEC, StubAnswer.v1(result));
    }

    private String sentCommand() {
        List<Request> requests = cli.server.requests();
        return Json.mapper()
                .readValue(requests.getFirst().body().getBytes(StandardCharsets.UTF_8), ExecRequest.class)
                .command();
    }

    private static ExecResult running() {
        return new ExecResult(true, 7L, false, null, null, "", "", "e1", "running", null, null, Cli.NOW, null);
    }

    private static ExecResult ended(int exitcode, @Nullable Integer signal, String stdout, String stderr) {
        return new ExecResult(
                true, 7L, true, exitcode, signal, stdout, stderr, "e1", "exited", null, null, Cli.NOW, Cli.NOW);
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }
}
