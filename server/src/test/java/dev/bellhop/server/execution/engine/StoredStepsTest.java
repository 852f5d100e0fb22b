// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.tenant.TenantFilter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Each step of a command is stored before it is shown. */
class StoredStepsTest extends DirectGuest {
    @Test
    void aCommandIsStoredAtEachStep() {
        Execution running = start(7, "out");

        assertThat(running.state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(running.pid()).isEqualTo(7);
        assertThat(stored(running)).isEqualTo(running);
        assertThat(executions
                        .findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO)
                        .orElseThrow()
                        .execution())
                .isEqualTo(running);
        guest.end(7);
        Execution ended = ended(running);
        assertThat(ended.state()).isEqualTo(ExecutionState.EXITED);
        assertThat(ended.exit()).isEqualTo(new ExitStatus(0, null));
        assertThat(ended.output()).isEqualTo(new OutputSize(3, 0, false));
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("out"));
    }

    @Test
    void theEndOfAShortCommandIsStoredWithItsPid() {
        List<ExecutionState> stored = new CopyOnWriteArrayList<>();
        store.failOn(execution -> {
            stored.add(execution.state());
            return false;
        });
        guest.nextHasEnded(7, "out");
        Execution started = executions.start(FakeVm.ID, REQUEST, Deadline.after(Duration.ofSeconds(30)));

        assertThat(stored).containsExactly(ExecutionState.PENDING, ExecutionState.EXITED);
        assertThat(stored(started).pid()).isEqualTo(7);
        assertThat(output(7)).isEqualTo("out");
    }

    /** Its caller has the pid to wait for, and who follows it has all the time there is. */
    @Test
    void anAgentSilentAfterAStartDoesNotHoldUpThePid() {
        guest.agent().on("guest-exec-status", (request, wire) -> {});
        Execution running = start(7, "out");

        assertThat(stored(running)).isEqualTo(running);
        assertThat(executions
                        .findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO)
                        .orElseThrow()
                        .execution())
                .isEqualTo(running);
    }

    @Test
    void closingEndsTheFollowingAndNotTheCommand() {
        Execution running = start(7, "out");
        executions.close();

        assertThat(stored(running)).isEqualTo(running);
    }

    @Test
    void startsAndEndsAreCounted() {
        Execution running = start(7, "out");
        assertThat(registry.scrape()).contains("bellhop_executions_running 1.0");
        guest.end(7);
        ended(running);
        eventually()
                .untilAsserted(() -> assertThat(registry.scrape())
                        .contains("bellhop_executions_started_total 1.0")
                        .contains("bellhop_executions_ended_total{state=\"exited\"} 1.0")
                        .contains("bellhop_executions_running 0.0")
                        .contains("bellhop_executions_duration_seconds_count 1"));
    }
}
