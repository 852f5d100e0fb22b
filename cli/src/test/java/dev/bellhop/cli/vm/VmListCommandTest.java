// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.vm.VmAgent;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.cli.Cli;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VmListCommandTest {

    private static final VmSummary RUNNING = new VmSummary(
            10000,
            "running",
            "0c5d2e9f7a41",
            7200L,
            new VmAgent(true, "available", null, null, "10.0.13"),
            "Debian \u001b[2J13",
            List.of("192.0.2.7", "2001:db8::7", "192.0.2.8"));

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    @Test
    void printsATableOfAllPages() {
        cli.server.on(
                "GET",
                "/api/v2/vps",
                request -> StubAnswer.json(
                        200,
                        request.target().contains("cursor=c1")
                                ? new Page<>(List.of(RUNNING), null)
                                : new Page<>(List.of(new VmSummary(7, "stopped", null)), "c1")));

        Cli.Run run = cli.run("vm", "list");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo("""
                VMID   STATUS   AGENT      ACCOUNT       ADDRESSES              OS
                7      stopped  -          -             -                      -
                10000  running  available  0c5d2e9f7a41  192.0.2.7 2001:db8::7  Debian <U+001B>[2J13
                """);
    }

    @Test
    void saysForHowLongANodeIsSilent() {
        VmAgent silent = new VmAgent(false, "node_unreachable", "x", Cli.NOW.minusSeconds(183), null);
        cli.server.on(
                "GET",
                "/api/v2/vps",
                StubAnswer.json(
                        200, new Page<>(List.of(new VmSummary(7, "unknown", null, null, silent, null, null)), null)));

        assertThat(cli.run("vm", "list").out()).isEqualTo("""
                VMID  STATUS   AGENT                    ACCOUNT  ADDRESSES  OS
                7     unknown  node unreachable, 3m 3s  -        -          -
                """);
    }

    @Test
    void printsJson() {
        cli.server.on(
                "GET",
                "/api/v2/vps",
                StubAnswer.json(200, new Page<>(List.of(new VmSummary(7, "stopped", null)), null)));

        assertThat(cli.run("--output=json", "vm", "list").out())
                .isEqualToIgnoringWhitespace("{\"items\":[{\"vmid\":7,\"status\":\"stopped\"}]}");
    }

    @Test
    void anEmptyListSaysWhatToDoNext() {
        cli.server.on("GET", "/api/v2/vps", StubAnswer.json(200, new Page<>(List.of(), null)));

        Cli.Run run = cli.run("vm", "list");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("no VMs", "hypervisors");
    }

    @Test
    void aKeyThatIsNotKnownIsFailureWithAWayOut() {
        cli.server.on(
                "GET",
                "/api/v2/vps",
                request -> StubAnswer.problem(
                        401, "unauthorized", "Cannot use this key because it is revoked", request.target(), null));

        Cli.Run run = cli.run("vm", "list");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("bellhop: Cannot use this key because it is revoked")
                .contains("BELLHOP_KEY");
    }

    @Test
    void aListThatNeverEndsIsGivenUp() {
        cli.server.on("GET", "/api/v2/vps", StubAnswer.json(200, new Page<>(List.of(), "again")));

        Cli.Run run = cli.run("vm", "list");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(cli.server.requests()).hasSize(1);
    }

    @Test
    void anAnswerThatIsNotOursIsFailureWithoutAStackTrace() {
        cli.server.on("GET", "/api/v2/vps", StubAnswer.foreign(200, "text/html", "<h1>hello</h1>"));

        Cli.Run run = cli.run("vm", "list");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("Cannot understand the answer").doesNotContain("\tat ", "<h1>");
    }

    @Test
    void aUrlThatIsNoneIsFailure() {
        assertThat(cli.run("vm", "list", "--url", "localhost:8080").err())
                .startsWith("bellhop: Cannot use a URL")
                .contains("http://127.0.0.1:8080");
        assertThat(cli.run("vm", "list", "--url", "http://a b").err()).startsWith("bellhop: Cannot use the URL");
    }
}
