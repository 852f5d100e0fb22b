// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.tenant.TenantFilter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A result that the store refuses is held, since the agent has forgotten it by then. */
class UnstoredResultTest extends DirectGuest {
    /** The agent has forgotten it by then, so this process holds the only copy. */
    @Test
    void aResultIsHeldUntilTheStoreTakesIt() {
        Execution running = start(7, "precious");
        store.failOn(execution -> execution.state() == ExecutionState.EXITED);
        guest.end(7);
        eventually().until(() -> store.failures() >= 3);
        assertThat(stored(running).state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(executions
                        .findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO)
                        .orElseThrow()
                        .execution()
                        .state())
                .as("nobody is told what is not durable")
                .isEqualTo(ExecutionState.RUNNING);

        store.work();
        ended(running);
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("precious"));
    }

    @Test
    void aLargeResultIsHeldUntilTheStoreTakesAllOfIt() {
        String large = "0123456789".repeat(20_000);
        Execution running = start(7, large);
        store.failOn(execution -> true);
        guest.end(7);
        eventually().until(() -> store.failures() >= 2);
        store.work();

        Execution ended = ended(running);
        assertThat(ended.output().stdoutBytes()).isEqualTo(200_000);
        assertThat(new String(
                        executions.output(running.id(), OutputStreamName.STDOUT, 0, 300_000), StandardCharsets.UTF_8))
                .isEqualTo(large);
        eventually()
                .untilAsserted(() -> assertThat(executions
                                .findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO)
                                .orElseThrow())
                        .extracting(ExecutionSnapshot::stdout)
                        .as("too large to be held in memory")
                        .isNull());
    }
}
