// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.TenantFilter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** A command that runs, and whose pid the store refuses. */
class UnstoredPidTest extends DirectGuest {
    @Test
    void aShortCommandIsUnconfirmedUntilItCanBeStored() {
        store.failOn(execution -> execution.state() != ExecutionState.PENDING);
        guest.nextHasEnded(7, "out");

        assertThatThrownBy(() -> executions.start(FakeVm.ID, REQUEST, Deadline.after(Duration.ofMillis(300))))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.START_UNCONFIRMED));
        store.work();
        eventually()
                .until(() -> executions
                        .findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO)
                        .isPresent());
        assertThat(output(7)).isEqualTo("out");
    }

    /** Whoever is told that nothing was started starts it again. */
    @Test
    void aStartThatCannotBeStoredIsNotReportedAsNoStart() {
        store.failOn(execution -> execution.state() == ExecutionState.RUNNING);

        assertThatThrownBy(() -> start(7, "out"))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.START_UNCONFIRMED))
                .hasMessageStartingWith("Cannot tell ");
        guest.end(7);
        // It is followed all the same, and its end says all there is to know.
        eventually()
                .until(() -> store.findNewest(FakeVm.ID, 7, TenantFilter.all()).isPresent());
        assertThat(store.findNewest(FakeVm.ID, 7, TenantFilter.all())
                        .orElseThrow()
                        .state())
                .isEqualTo(ExecutionState.EXITED);
    }

    /** As where the disk is full when the pid is written, and has room again right after that. */
    @Test
    void aPidThatCouldNotBeStoredIsNotStoredOverTheEnd() {
        store.holdAndFail(execution -> execution.state() == ExecutionState.RUNNING);
        runWhileThePidIsWritten("out");

        assertThat(store.updates())
                .extracting(Execution::state)
                .containsExactly(ExecutionState.RUNNING, ExecutionState.EXITED);
    }

    @Test
    void aPidThatCouldNotBeStoredIsNotStoredOverOutput() {
        store.holdAndFail(execution -> execution.output().total() == 0);
        runWhileThePidIsWritten("0123456789".repeat(20_000));

        assertThat(store.updates())
                .extracting(execution -> execution.output().total())
                .isSorted();
    }

    private void runWhileThePidIsWritten(String output) {
        guest.nextIs(7, output);
        CompletableFuture<Void> told = CompletableFuture.runAsync(
                () -> executions.submit(FakeVm.ID, REQUEST, null, Duration.ofSeconds(30), soon()));
        eventually().until(() -> !store.updates().isEmpty());
        guest.end(7);
        assertThat(told)
                .failsWithin(Duration.ofSeconds(30))
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(BellhopException.class);
    }

    @Test
    void aPossibleStartThatCannotBeStoredStaysUnconfirmed() {
        guest.agent().on("guest-exec", (request, wire) -> wire.hangUp());
        store.failOn(execution -> execution.state() == ExecutionState.LOST);

        assertThatThrownBy(() -> start(7, "out"))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.START_UNCONFIRMED));
    }
}
