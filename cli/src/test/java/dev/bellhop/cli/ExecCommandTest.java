// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static dev.bellhop.cli.GuestStub.OUTPUT;
import static dev.bellhop.cli.GuestStub.answers;
import static dev.bellhop.cli.GuestStub.ended;
import static dev.bellhop.cli.GuestStub.starts;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer.Request;
import dev.bellhop.api.v1.ExecRequest;
import dev.bellhop.api.v1.ExecResult;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What goes to the guest, and what comes back from it. */
class ExecCommandTest {

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    @Test
    void passesOnOutputAndExitCode() {
        starts(cli.server);
        answers(cli.server, ended(3, null, "out\n", "err\n"));

        Cli.Run run = cli.run("exec", "10000", "--", "sh -c 'something'");

        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.out()).isEqualTo("out\n");
        assertThat(run.err()).isEqualTo("err\n");
        assertThat(sentCommand()).isEqualTo("sh -c 'something'");
    }

    @Test
    void severalArgumentsAreQuotedEvenThoseThatLookLikeOurs() {
        starts(cli.server);
        answers(cli.server, ended(0, null, "", ""));

        cli.run("exec", "10000", "--", "git", "log", "--output", "a b", "--", "@file", "-h", "--help");

        assertThat(sentCommand()).isEqualTo("git log --output 'a b' -- @file -h --help");
    }

    @Test
    void optionsMayStandBeforeTheCommandAndAfterIt() {
        starts(cli.server);
        answers(cli.server, ended(0, null, "x", ""));
        String url = cli.env.remove("BELLHOP_URL") + "/";
        cli.env.put("BELLHOP_KEY", "wrong");

        Cli.Run run = cli.run("--url", url, "exec", "10000", "--key=" + Cli.KEY, "--", "true");

        assertThat(run.exitCode()).isZero();
        assertThat(cli.server.requests().getFirst().header("Authorization")).isEqualTo("Bearer " + Cli.KEY);
    }

    @Test
    void outputThatIsTextNeedsNoFurtherRequest() {
        starts(cli.server);
        answers(cli.server, ended(0, null, "gr\u00fc\u00dfe \ud83d\ude00\0\n", ""));

        Cli.Run run = cli.run("exec", "10000", "--", "true");

        assertThat(run.out()).isEqualTo("gr\u00fc\u00dfe \ud83d\ude00\0\n");
        assertThat(cli.server.requests()).hasSize(2);
    }

    @Test
    void outputThatIsNotTextComesByteForByte() {
        byte[] bytes = {(byte) 0xff, 0, '\n', (byte) 0xfe, 'x'};
        starts(cli.server);
        answers(cli.server, ended(0, null, "\uFFFD\0\n\uFFFDx", "plain"));
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
        starts(cli.server);
        answers(cli.server, ended(0, null, "\uFFFDx", ""));

        assertThat(cli.run("exec", "10000", "--", "true").out()).isEqualTo("\uFFFDx");
    }

    @Test
    void jsonIsTheDataOfV1WithTheExitCodeOfTheGuest() {
        starts(cli.server);
        ExecResult result = ended(1, null, "out", "err");
        answers(cli.server, result);

        Cli.Run run = cli.run("exec", "--output", "json", "10000", "--", "false");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(Json.mapper().readValue(run.outBytes(), ExecResult.class)).isEqualTo(result);
        assertThat(run.err()).isEmpty();
    }

    @Test
    void aCommandOfTheLargestSizeIsSentAndALargerOneIsRefusedHere() {
        starts(cli.server);
        answers(cli.server, ended(0, null, "", ""));

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

    private String sentCommand() {
        List<Request> requests = cli.server.requests();
        return Json.mapper()
                .readValue(requests.getFirst().body().getBytes(StandardCharsets.UTF_8), ExecRequest.class)
                .command();
    }
}
