// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static dev.bellhop.cli.GuestStub.EXEC;
import static dev.bellhop.cli.GuestStub.answers;
import static dev.bellhop.cli.GuestStub.ended;
import static dev.bellhop.cli.GuestStub.running;
import static dev.bellhop.cli.GuestStub.starts;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer.Request;
import dev.bellhop.api.v1.AgentAvailability;
import dev.bellhop.api.v1.ExecResult;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Waiting for a command, and what its end means here. */
class ExecResultTest {

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    @Test
    void waitsUntilTheCommandHasEnded() {
        starts(cli.server);
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
    void aSignalGives128AndItsNumber() {
        starts(cli.server);
        answers(cli.server, ended(137, 9, "", ""));
        assertThat(cli.run("exec", "10000", "--", "true").exitCode()).isEqualTo(137);
    }

    @ParameterizedTest
    @CsvSource({"256", "-1", "-1073741819"})
    void anExitCodeThatNoProcessHereCanHaveIsNeverTakenForSuccess(int code) {
        starts(cli.server);
        answers(cli.server, ended(code, null, "", ""));

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("exit code " + code);
    }

    @Test
    void aLostCommandIsFailureWithItsReasonAndWhatItWrote() {
        starts(cli.server);
        answers(
                cli.server,
                new ExecResult(
                        true,
                        7L,
                        true,
                        null,
                        null,
                        "before\n",
                        "",
                        "e1",
                        "lost",
                        "agent_forgot",
                        null,
                        Cli.NOW,
                        Cli.NOW));

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.out()).isEqualTo("before\n");
        assertThat(run.err()).startsWith("bellhop: ").contains("lost", "agent_forgot", "may have run");
    }

    @Test
    void anEndWithoutAStatusIsSaidToBeSo() {
        starts(cli.server);
        answers(
                cli.server,
                new ExecResult(true, 7L, true, null, null, "", "", "e1", "exited", null, null, Cli.NOW, Cli.NOW));

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("Cannot tell how the command ended");
    }

    @Test
    void outputThatWasCutIsSaidToBeSo() {
        starts(cli.server);
        answers(
                cli.server,
                new ExecResult(true, 7L, true, 0, null, "x", "", "e1", "exited", null, true, Cli.NOW, Cli.NOW));

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).contains("16 MiB");
    }

    @Test
    void aServerThatIsAwayForAWhileIsWaitedFor() {
        starts(cli.server);
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
        starts(cli.server);
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
        starts(cli.server);
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
        starts(cli.server);
        cli.server.on("GET", EXEC, StubAnswer.v1Error(404, "Not Found", "NOT_FOUND", "Cannot find the pid"));

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).startsWith("bellhop: Cannot find the pid");
    }

    @Test
    void aResultCanBeReadLater() {
        answers(cli.server, ended(4, null, "out", ""));

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
}
