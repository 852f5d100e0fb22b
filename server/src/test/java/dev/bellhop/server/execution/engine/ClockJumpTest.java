// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.SettableClock;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The server's clock is set while commands wait and run. */
@Tag("real")
class ClockJumpTest extends SupervisedGuest {
    private static final Duration JUMP = Duration.ofHours(2);
    private static final StartOptions PATIENT = TestExecutions.deliveredWithin(Duration.ofMinutes(5));
    private static final StartOptions HASTY = TestExecutions.deliveredWithin(Duration.ofMillis(500));

    private final SettableClock clock = new SettableClock(Instant.parse("2026-01-02T03:04:05Z"));

    @BeforeEach
    void startServer() {
        executions.close();
        startServer(clock);
    }

    private static ExecutionRequest request(StartOptions options) {
        return new ExecutionRequest(TestExecutions.spec("true", KEY), options);
    }

    @Test
    void aDeliveryIsWaitedForThoughTheClockJumpsAhead() {
        agent.kill();
        Execution waiting = begin(request(PATIENT));
        clock.advance(JUMP);
        int before = vm.timesLookedFor();
        eventually().until(() -> vm.timesLookedFor() > before + 1);
        agent.restart();

        assertThat(end(waiting).state()).isEqualTo(ExecutionState.EXITED);
    }

    @Test
    void andForNoLongerWhereItJumpsBack() {
        agent.kill();
        Execution waiting = begin(request(HASTY));
        clock.advance(JUMP.negated());

        assertThat(end(waiting).reason()).isEqualTo(Reason.DELIVERY_TIMEOUT);
        assertThat(end(waiting).finishedAt()).isEqualTo(waiting.createdAt());
    }

    @Test
    void aClockThatWasSetBackStartsTheWaitOnceMore() {
        agent.kill();
        Execution waiting = begin(request(HASTY));
        executions.close();
        clock.advance(JUMP.negated());
        startServer(clock);

        assertThat(end(waiting).reason()).isEqualTo(Reason.DELIVERY_TIMEOUT);
    }

    @Test
    void nothingEndsBeforeItBegan() throws Exception {
        Execution running = begin(script(until("go")));
        clock.advance(JUMP.negated());
        touch("go");

        Execution end = end(running);
        assertThat(end.state()).isEqualTo(ExecutionState.EXITED);
        assertThat(end.startedAt()).isAfterOrEqualTo(end.createdAt());
        assertThat(end.finishedAt()).isAfterOrEqualTo(end.startedAt());
    }

    @Test
    void norDoesItBeginBeforeItWasAskedFor() {
        agent.kill();
        Execution waiting = begin(request(PATIENT));
        clock.advance(JUMP.negated());
        agent.restart();

        assertThat(end(waiting).startedAt()).isEqualTo(waiting.createdAt());
    }

    /** It is found in the spool, whose guest is not taken for one that was restarted. */
    @Test
    void whatRanIsFoundThoughTheClockJumps() throws Exception {
        Execution running = begin(script(until("go") + "; exit 3"));
        clock.advance(Duration.ofDays(36_500));
        agent.kill();
        agent.restartKeepingProcesses();
        touch("go");

        exited(end(running), 3);
    }
}
