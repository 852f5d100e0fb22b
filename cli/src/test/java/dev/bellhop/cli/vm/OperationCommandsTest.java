// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.vm.OperationStep;
import dev.bellhop.api.v2.vm.OperationView;
import dev.bellhop.cli.Cli;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an operation's id is good for. */
class OperationCommandsTest {

    private static final String ID = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c11";
    private static final String PATH = "/api/v2/operations/" + ID;

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    private static OperationView view(String state, int progress, String message) {
        boolean ended = !state.equals("running");
        @Nullable String reason = state.equals("failed") ? message : null;
        return new OperationView(
                ID,
                10000,
                "stop",
                null,
                null,
                state,
                progress,
                message,
                reason,
                List.of(new OperationStep("pulling_plug", Cli.NOW)),
                Cli.NOW,
                ended ? Cli.NOW : null,
                "4b1d7c09e2aa",
                PATH);
    }

    private void answers(OperationView view) {
        cli.server.on("GET", PATH, StubAnswer.json(200, view).with("Cache-Control", "no-store"));
    }

    @Test
    void thoseOfAVmAreListed() {
        cli.server.on(
                "GET",
                "/api/v2/vps/10000/operations",
                StubAnswer.json(200, new Page<>(List.of(view("completed", 100, "Stopped")), null)));

        assertThat(cli.run("operation", "list", "10000").out()).isEqualTo("""
                ID                                    ACTION  STATE      CREATED
                019c1379-5a10-7cc3-8d25-6f1f7f3f2c11  stop    completed  2026-01-31T12:00:00Z
                """);
    }

    @Test
    void oneIsShown() {
        answers(view("running", 40, "Stopping"));

        assertThat(cli.run("operation", "show", ID).out())
                .contains("Action     stop\n", "State      running (40 %)\n", "Message    Stopping\n");
        assertThat(cli.run("operation", "show", "--json", ID).out()).contains("\"progress\" : 40");
    }

    @ParameterizedTest
    @CsvSource({"completed, 0", "failed, 1"})
    void waitingEndsAsItEnds(String state, int exitCode) {
        answers(view(state, 100, "Stopped"));

        Cli.Run run = cli.run("operation", "wait", ID);

        assertThat(run.exitCode()).isEqualTo(exitCode);
        assertThat(run.err()).isEqualTo("bellhop: Stopped\n");
    }

    @Test
    void waitingStopsWhenTheTimeIsUp() {
        answers(view("running", 40, "Stopping"));

        Cli.Run run = cli.run("operation", "wait", "--timeout", "0", ID);

        assertThat(run.exitCode()).isEqualTo(124);
        assertThat(run.err()).endsWith("bellhop: Stopped waiting after 0 s; the operation goes on\n");
    }
}
