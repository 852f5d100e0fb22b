// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.script.ShellGuest;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A command is killed, by itself, by others or through us. */
@Tag("real")
class SupervisedEndsTest extends SupervisedGuest {
    @Test
    void aCommandThatKillsItsShellIsKnownByTheSignal() {
        Execution ended = run(script("echo one; kill -9 $$"));

        assertThat(ended.exit()).isEqualTo(new ExitStatus(137, 9));
        assertThat(stdout(ended)).isEqualTo("one\n");
    }

    @Test
    void aCommandKilledWithItsSupervisorKeepsItsOutput() throws Exception {
        Execution running = begin(script("echo one; " + until("never")));
        awaitStdout(running, "one\n");
        new ProcessBuilder("sh", "-c", "kill -KILL -" + now(running).pid())
                .start()
                .waitFor();

        Execution lost = end(running);
        assertThat(lost.state()).isEqualTo(ExecutionState.LOST);
        assertThat(lost.reason()).isEqualTo(Reason.SUPERVISOR_KILLED);
        assertThat(lost.output().stdoutBytes()).isEqualTo(4);
    }

    @Test
    void cancelEndsAllProcesses() throws Exception {
        Execution running = begin(script("echo $$; sleep 600 & sleep 600"));
        eventually().until(() -> !stdout(running).isEmpty());
        executions.cancel(running.id(), Duration.ofSeconds(5), soon());

        Execution ended = end(running);
        assertThat(ended.state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(ended.exit()).isEqualTo(new ExitStatus(143, 15));
        long group = Long.parseLong(stdout(running).strip());
        eventually().untilAsserted(() -> assertThat(ShellGuest.group(group)).isEmpty());
    }

    @Test
    void cancelInsists() throws Exception {
        Execution running = begin(script("trap '' TERM; echo on; while :; do sleep 0.05; done"));
        awaitStdout(running, "on\n");
        executions.cancel(running.id(), Duration.ofSeconds(1), soon());

        Execution ended = end(running);
        assertThat(ended.state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(ended.exit()).isEqualTo(new ExitStatus(137, 9));
        assertThatThrownBy(() -> executions.cancel(running.id(), Duration.ZERO, soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.EXECUTION_ENDED));
    }

    @Test
    void aSignalReachesTheCommand() {
        Execution running = begin(script("trap 'echo got; exit 7' USR1; sleep 60 & echo on; wait"));
        awaitStdout(running, "on\n");
        executions.signal(running.id(), 10, () -> {}, soon());

        exited(end(running), 7);
        assertThat(stdout(running)).isEqualTo("on\ngot\n");
    }

    @Test
    void killingItIsNoLoss() {
        for (int i = 0; i < 5; i++) {
            Execution running = begin(script("echo on; sleep 60"));
            awaitStdout(running, "on\n");
            executions.signal(running.id(), 9, () -> {}, soon());

            Execution ended = end(running);
            assertThat(ended.state()).isEqualTo(ExecutionState.EXITED);
            assertThat(ended.exit()).isEqualTo(new ExitStatus(137, 9));
            assertThat(ended.output()).isEqualTo(new OutputSize(3, 0, false));
        }
    }
}
