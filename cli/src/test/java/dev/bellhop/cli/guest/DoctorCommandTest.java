// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.guest.CheckupView;
import dev.bellhop.api.v2.guest.ServerCheckupView;
import dev.bellhop.api.v2.vm.VmAgent;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.cli.Cli;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DoctorCommandTest {
    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    private void finds(String status) {
        cli.server.on(
                "GET",
                "/api/v2/vps/7/doctor",
                StubAnswer.json(
                        200,
                        new CheckupView(
                                7,
                                status,
                                Cli.NOW,
                                List.of(
                                        new CheckupView.Check("vm", "ok", "The VM is running", null),
                                        new CheckupView.Check("call.guest-exec", "ok", "guest-exec is there", null),
                                        new CheckupView.Check("call.guest-ping", "ok", "guest-ping is there", null),
                                        new CheckupView.Check(
                                                "spool",
                                                status,
                                                "\u001b[2J cannot be written to",
                                                "word ".repeat(30).strip())))));
    }

    @Test
    void whatFailedSaysWhatToDoInEightyColumns() {
        finds("failed");

        Cli.Run run = cli.run("doctor", "7");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out())
                .startsWith("ok       The VM is running\nok       2 calls of the agent are there\nfailed   ")
                .contains("\n         -> word word")
                .doesNotContain("\u001b")
                .endsWith("VM 7: failed\n");
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
        assertThat(cli.run("doctor", "7", "--all").out()).contains("guest-exec is there");
    }

    @Test
    void aWarningIsNoFailure() {
        finds("warning");

        assertThat(cli.run("doctor", "7").exitCode()).isZero();
    }

    @Test
    void withoutAVmTheKeyAndAllVmsAreShown() {
        cli.server.on(
                "GET",
                "/api/v2/doctor",
                StubAnswer.json(
                        200, new ServerCheckupView("0.1.0", "4b1d7c09e2aa", "n", List.of("read:vm"), null, null)));
        cli.server.on(
                "GET",
                "/api/v2/vps",
                StubAnswer.json(
                        200,
                        new Page<>(
                                List.of(
                                        new VmSummary(
                                                7,
                                                "running",
                                                null,
                                                null,
                                                new VmAgent(false, "silent", "it is", null, null),
                                                null,
                                                null),
                                        new VmSummary(8, "stopped", null, null, null, null, null)),
                                null)));

        Cli.Run run = cli.run("doctor");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).contains("version 0.1.0", "may read:vm", "silent", "not asked lately");
    }
}
