// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.terminal.Terminal;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What ends mean that no guest brings about when it is asked to. */
class ExitStatusTest {

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "exited, 0, -, 0, -",
                "exited, 255, -, 255, -",
                "exited, 256, -, 255, ended with exit code 256",
                "exited, -1073741819, -, 255, ended with exit code -1073741819",
                "exited, -, -, 255, the guest did not say",
                "timed_out, 143, -, 124, ran for longer than 60 s",
                "cancelled, 143, -, 255, The command was cancelled",
                "lost, -, agent_forgot, 255, it was lost (agent_forgot); it may have run",
                "rejected, -, agent_unavailable, 255, The command was not started (agent_unavailable)",
                "frozen, -, -, 255, its state is frozen",
            })
    void anEndIsAnExitCodeAndWords(
            String state, @Nullable Integer code, @Nullable String reason, int expected, @Nullable String words) {
        int exitCode = tell(end(state, code, reason, false, null));

        assertThat(exitCode).isEqualTo(expected);
        if (words == null) {
            assertThat(said()).isEmpty();
        } else {
            assertThat(said()).startsWith("bellhop: ").contains(words);
        }
    }

    @Test
    void outputThatWasCutIs125() {
        assertThat(tell(end("exited", 0, null, true, 70_000L), 65_536)).isEqualTo(125);
        assertThat(said()).contains("more than is kept: stdout went on after byte 65536, to byte 70000");
    }

    /** As by an agent that looks after the command alone, and passes on 16 MiB. */
    @Test
    void outputOfWhichNobodyKnowsTheLengthIs125() {
        assertThat(tell(end("exited", 3, null, true, null), 65_536)).isEqualTo(125);
        assertThat(said()).contains("stdout may have gone on after byte 65536").contains("The exit code would be 3");
    }

    @Test
    void outputThatWasRemovedMeanwhileIs125() {
        assertThat(tell(end("exited", 0, null, false, null), 1000)).isEqualTo(125);
        assertThat(said())
                .contains("the server has removed it meanwhile: stdout went on after byte 1000, to byte 65536");
    }

    @Test
    void whatCameAllTheSameIsNotMissing() {
        assertThat(tell(end("exited", 3, null, true, 70_000L), 70_000)).isEqualTo(3);
        assertThat(said()).isEmpty();
    }

    @Test
    void whatIsMissingOfAnotherStreamIsNoneOfOurs() {
        ReceivedOutput received = new ReceivedOutput(List.of(OutputStreamName.STDERR));

        assertThat(status().report(end("exited", 0, null, true, 70_000L), received))
                .isZero();
    }

    @Test
    void anEndThatNobodyKnowsStays255() {
        assertThat(tell(end("lost", null, "guest_restarted", true, null), 0)).isEqualTo(255);
    }

    /** Its VM was stopped, say: that it wrote more than is kept nobody knows. */
    @Test
    void outputOfOneThatWasLostMayBeMissing() {
        assertThat(tell(end("lost", null, "guest_restarted", true, null), 65_536))
                .isEqualTo(255);
        assertThat(said())
                .contains(
                        "Output may be missing because nobody knows how the command ended: stdout may have gone on after"
                                + " byte 65536")
                .contains("it was lost (guest_restarted)")
                .doesNotContain("more than is kept", "maxOutputBytes");
    }

    private ExitStatus status() {
        return new ExitStatus(new Terminal(new ByteArrayOutputStream(), err));
    }

    private int tell(ExecutionView end) {
        return tell(end, 65_536);
    }

    private int tell(ExecutionView end, long stdout) {
        ReceivedOutput received = new ReceivedOutput();
        received.add(OutputStreamName.STDOUT, stdout);
        return status().report(end, received);
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private static ExecutionView end(
            String state, @Nullable Integer code, @Nullable String reason, boolean truncated, @Nullable Long written) {
        return new ExecutionView(
                "e1",
                10000,
                null,
                state,
                "supervised",
                "true",
                null,
                null,
                null,
                null,
                7L,
                code,
                null,
                reason,
                Cli.NOW,
                Cli.NOW,
                Cli.NOW,
                60L,
                null,
                null,
                65_536L,
                0L,
                truncated,
                written,
                null,
                "k1",
                null,
                null,
                null,
                null,
                null);
    }
}
