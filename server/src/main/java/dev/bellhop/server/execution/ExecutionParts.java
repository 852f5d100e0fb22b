// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.health.AgentHealth;
import dev.bellhop.server.limit.FairLimit;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CountDownLatch;

/**
 * What every run of an execution needs.
 *
 * @param longContents bytes of long commands and large input that are in memory to start commands with them
 * @param mayStart whether a command may be started now
 * @param stop opened when the server stops
 */
record ExecutionParts(
        ExecutionStore store,
        LiveExecutions executions,
        ResultRecorder recorder,
        GuestStarter starter,
        AgentHealth health,
        ExecutionMetrics metrics,
        ReplyBudget budget,
        FairLimit longContents,
        Clock clock,
        StartCheck mayStart,
        CountDownLatch stop) {
    boolean isStopping() {
        return stop.getCount() == 0;
    }

    /** The time as it is stored: whole milliseconds. */
    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
