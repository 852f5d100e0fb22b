// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionFilter;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What may not be started any more is not, however late that shows. */
class StartCheckTest extends DirectGuest {
    @Test
    void whatMayNotBeStartedAnyMoreIsNot() {
        executions.close();
        AtomicBoolean mayStart = new AtomicBoolean(true);
        executions = engine(execution -> mayStart.get());
        start(7, "");
        mayStart.set(false);

        assertThatThrownBy(() -> start(8, "")).isInstanceOfSatisfying(BellhopException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND);
            assertThat(e).hasMessage("Cannot find VM 1");
        });
        eventually()
                .until(() -> store.list(ExecutionFilter.ALL, null, 1)
                                .executions()
                                .getFirst()
                                .reason()
                        == Reason.VM_REASSIGNED);
        assertThat(guest.agent().requests().stream()
                        .filter(request -> request.command().equals("guest-exec")))
                .hasSize(1);
    }

    @Test
    void norIsWhatMayNotOnceItsAgentHasLetWaitForItself() {
        executions.close();
        AtomicBoolean mayStart = new AtomicBoolean(true);
        executions = engine(execution -> mayStart.get());
        guest.agent().on("guest-ping", (request, wire) -> {
            mayStart.set(false);
            wire.reply("{}");
        });
        Execution waiting = submit(TestExecutions.deliveredWithin(Duration.ofMinutes(5)));

        assertThat(ended(waiting).reason()).isEqualTo(Reason.VM_REASSIGNED);
        assertThat(guest.agent().requests().stream()
                        .filter(request -> request.command().equals("guest-exec")))
                .isEmpty();
    }

    /** As while the VM's node is drained. */
    @Test
    void whatMayNotBeStartedNowIsRefusedOrWaits() {
        executions.close();
        AtomicBoolean drained = new AtomicBoolean(true);
        executions = engine(execution -> {
            if (drained.get()) {
                throw new BellhopException(ErrorCode.AGENT_UNAVAILABLE, "Cannot run it because it is drained");
            }
            return true;
        });
        assertThatThrownBy(() -> executions.start(FakeVm.ID, REQUEST, soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE));
        eventually()
                .until(() -> store.list(ExecutionFilter.ALL, null, 1)
                                .executions()
                                .getFirst()
                                .reason()
                        == Reason.AGENT_UNAVAILABLE);

        guest.nextHasEnded(8, "out");
        Execution waiting = submit(TestExecutions.deliveredWithin(Duration.ofMinutes(5)));
        drained.set(false);
        executions.engine().vmReassigned(FakeVm.ID);
        assertThat(ended(waiting).state()).isEqualTo(ExecutionState.EXITED);
    }

    private Execution submit(StartOptions options) {
        return executions
                .submit(
                        FakeVm.ID,
                        new ExecutionRequest(TestExecutions.spec("x", "0123456789ab"), options),
                        null,
                        Duration.ZERO,
                        Deadline.after(Duration.ofSeconds(30)))
                .execution();
    }
}
