// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.tenant.TenantFilter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A guest gives a pid again. */
class ReusedPidTest extends DirectGuest {
    @Test
    void aPidThatIsGivenAgainMeansTheNewestCommand() {
        Execution first = start(7, "first");
        guest.end(7);
        ended(first);
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("first"));
        Execution second = start(7, "second");
        assertThat(executions
                        .findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO)
                        .orElseThrow()
                        .execution())
                .isEqualTo(second);
        guest.end(7);
        ended(second);
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("second"));
        assertThat(new String(executions.output(first.id(), OutputStreamName.STDOUT, 0, 100), StandardCharsets.UTF_8))
                .isEqualTo("first");
    }

    @Test
    void aCommandWhosePidWasGivenAwayIsLost() {
        Execution first = start(7, "first");
        guest.forget();
        Execution second = start(7, "second");

        Execution lost = ended(first);
        assertThat(lost.state()).isEqualTo(ExecutionState.LOST);
        assertThat(lost.reason()).isIn(Reason.PID_REUSED, Reason.AGENT_FORGOT);
        assertThat(executions
                        .findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO)
                        .orElseThrow()
                        .execution()
                        .id())
                .as("the loss of the old one does not hide the new one")
                .isEqualTo(second.id());
        guest.end(7);
        assertThat(ended(second).state()).isEqualTo(ExecutionState.EXITED);
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("second"));
    }

    @Test
    void afterARestartAReusedPidGivesItsResultToTheNewerOne() {
        Execution older = left(TestExecutions.pending(1), 7L);
        Execution between = TestExecutions.pending(1);
        store.insert(between, StartOptions.PLAIN, new StartIntent(ExecutionMode.DIRECT, TestExecutions.CREATED), null)
                .join();
        Execution newer = left(TestExecutions.pending(1), 7L);
        guest.hasEnded(7, "newer");
        // There is all the time in the world for the older one to be followed before the newer one is taken up.
        store.beforeDelivery(id -> ended(older));
        executions.recover();

        assertThat(ended(older).reason()).isEqualTo(Reason.PID_REUSED);
        assertThat(ended(newer).state()).isEqualTo(ExecutionState.EXITED);
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("newer"));
    }

    private Execution left(Execution pending, long pid) {
        store.insert(pending, StartOptions.PLAIN, null, null).join();
        Execution running = TestExecutions.started(pending, pid);
        store.update(running, List.of()).join();
        return running;
    }
}
