// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a server makes of the commands that the one before it followed. */
class RestartedServerTest extends DirectGuest {
    @Test
    void aRestartedServerFollowsWhatRunsAndAdmitsWhatIsLost() {
        Execution running = start(7, "out");
        Execution pending = TestExecutions.pending(1);
        store.insert(pending, StartOptions.PLAIN, new StartIntent(ExecutionMode.DIRECT, TestExecutions.CREATED), null)
                .join();
        executions.close();
        guest.end(7);

        executions = engine();
        executions.recover();
        Execution lost = ended(pending);
        assertThat(lost.state()).isEqualTo(ExecutionState.LOST);
        assertThat(lost.reason()).isEqualTo(Reason.SERVER_STOPPED);
        assertThat(ended(running).state()).isEqualTo(ExecutionState.EXITED);
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("out"));
        assertThat(guest.agent().requests().stream().filter(r -> r.command().equals("guest-exec")))
                .as("nothing is run again to find out")
                .hasSize(1);
    }

    @Test
    void aServerThatReturnsToAnAgentThatForgotSaysSo() {
        Execution running = start(7, "out");
        executions.close();
        guest.forget();

        executions = engine();
        executions.recover();
        Execution lost = ended(running);
        assertThat(lost.state()).isEqualTo(ExecutionState.LOST);
        assertThat(lost.reason()).isEqualTo(Reason.AGENT_FORGOT);
    }

    @Test
    void storedOutputOfALostCommandIsKeptAfterARestart() {
        Execution running = start(7, "out");
        executions.close();
        byte[] half = "half".getBytes(StandardCharsets.UTF_8);
        store.update(running, List.of(new OutputChunk(OutputStreamName.STDOUT, 0, half)))
                .join();
        guest.forget();

        executions = engine();
        executions.recover();
        assertThat(ended(running).output()).isEqualTo(new OutputSize(4, 0, true));
        assertThat(executions.output(running.id(), OutputStreamName.STDOUT, 0, 9))
                .isEqualTo(half);
    }
}
