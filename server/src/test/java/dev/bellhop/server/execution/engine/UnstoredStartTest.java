// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A start that the store refuses, or takes too late. */
class UnstoredStartTest extends DirectGuest {
    @Test
    void whatCannotBeStoredIsNotStarted() {
        store.failOn(execution -> true);

        assertThatThrownBy(() -> start(7, "out"))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
        assertThat(guest.agent().requests()).isEmpty();
    }

    @Test
    void aNewServerStartsNothingThatWasRefusedAsTooLate() {
        assertThat(codeWhereItIsStoredTooLate(StartOptions.PLAIN)).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        Execution left = leftByAServerThatIsKilled();

        assertThat(ended(left).state()).isEqualTo(ExecutionState.LOST);
        assertThat(guest.agent().requests())
                .noneMatch(request -> request.command().equals("guest-exec"));
    }

    /** No guest has heard of it, so the next server takes it for one that waits for its agent. */
    @Test
    void whatMayYetBeStoredAndStartedIsNotToldAsRefused() {
        guest.nextHasEnded(7, "out");
        assertThat(codeWhereItIsStoredTooLate(TestExecutions.deliveredWithin(Duration.ofSeconds(60))))
                .isEqualTo(ErrorCode.START_UNCONFIRMED);
        Execution left = leftByAServerThatIsKilled();

        assertThat(ended(left).state()).isEqualTo(ExecutionState.EXITED);
    }

    @Test
    void whatIsStoredTooLateIsRejectedWhereItsServerLives() {
        codeWhereItIsStoredTooLate(TestExecutions.deliveredWithin(Duration.ofSeconds(60)));
        store.storeInserts();

        Execution rejected = ended(store.find(store.newestId().orElseThrow()).orElseThrow());
        assertThat(rejected.reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
    }

    private ErrorCode codeWhereItIsStoredTooLate(StartOptions options) {
        store.holdInserts();
        var request = new ExecutionRequest(REQUEST.spec(), options);
        return catchThrowableOfType(
                        BellhopException.class,
                        () -> executions.submit(
                                FakeVm.ID, request, null, Duration.ZERO, Deadline.after(Duration.ofMillis(50))))
                .code();
    }

    /** After it was stored, and before that it is rejected was. */
    private Execution leftByAServerThatIsKilled() {
        store.failOn(execution -> execution.state() == ExecutionState.REJECTED);
        store.storeInserts();
        executions.close();
        store.work();
        executions = engine();
        executions.recover();
        return store.find(store.newestId().orElseThrow()).orElseThrow();
    }

    @Test
    void whereItCannotBeStoredThatTheGuestIsAskedItIsNot() {
        Execution pending = TestExecutions.pending(1);
        store.insert(pending, StartOptions.PLAIN, null, null).join();
        store.failOn(execution -> execution.state() == ExecutionState.PENDING);
        executions.recover();

        Execution rejected = ended(pending);
        assertThat(rejected.state()).isEqualTo(ExecutionState.REJECTED);
        assertThat(rejected.reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
        assertThat(guest.agent().requests())
                .noneMatch(request -> request.command().equals("guest-exec"));
    }
}
