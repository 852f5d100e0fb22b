// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.follow.GuestProcessFactory;
import dev.bellhop.server.execution.guest.StartOptionsLoader;
import dev.bellhop.server.execution.store.ExecutionJournal;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import dev.bellhop.server.limit.FairLimit;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes up what an earlier server left, once, when a server starts. What has a pid is followed again. Of what has none its
 * guest is asked whether it was started, if a guest may have heard of it; what none has heard of waits for its turn again.
 * What was to end is ended.
 *
 * @param longContents bytes of long commands and large stdin that are in memory to start commands with them
 */
record Recovery(
        ExecutionJournal journal,
        GuestProcessFactory processes,
        FairLimit longContents,
        Admission admission,
        ExecutionRuns runs,
        Cancellations cancellations,
        InstantSource clock) {
    private static final Logger log = LoggerFactory.getLogger(Recovery.class);

    void takeUpAll() {
        List<Unfinished> unfinished = journal.unfinished();
        takeUp(unfinished);
        if (!unfinished.isEmpty()) {
            log.info("Took up {} executions", unfinished.size());
        }
    }

    /** @param unfinished oldest first */
    void takeUp(List<Unfinished> unfinished) {
        // Before the first of them is asked for: an older one would read the result of a newer one with its pid.
        unfinished.forEach(processes::adopt);
        // What may run has its place already, so it comes before what waits for one.
        unfinished.stream().filter(Recovery::mayRun).forEach(this::takeUp);
        unfinished.stream().filter(each -> !mayRun(each)).forEach(this::takeUp);
    }

    private static boolean mayRun(Unfinished left) {
        return left.execution().pid() != null || left.asked() != null;
    }

    private void takeUp(Unfinished left) {
        Execution execution = left.execution();
        Admission.Ticket ticket = ticket(left);
        if (execution.pid() == null) {
            startOrSettle(left, ticket);
        } else {
            LiveExecution running = new LiveExecution(execution, left.revision(), false, true, clock);
            runs.begin(running, null, ticket, Duration.ZERO);
            cancelAgain(running, left);
        }
    }

    private Admission.Ticket ticket(Unfinished left) {
        Execution execution = left.execution();
        if (mayRun(left)) {
            return admission.enterRunning(execution.vm(), execution.spec());
        }
        Admission.Ticket ticket = admission.waitOutsideAgain(execution.vm(), execution.spec());
        if (!execution.awaitsApproval()) {
            ticket.queueUp();
        }
        return ticket;
    }

    private void startOrSettle(Unfinished left, Admission.Ticket ticket) {
        StartOptions terms = left.terms();
        LiveExecution pending =
                new LiveExecution(left.execution(), left.revision(), terms.stdinFollows(), left.asked() != null, clock);
        // Before it can be started.
        cancelAgain(pending, left);
        StartOptionsLoader source = new StartOptionsLoader(left.execution(), terms, null, journal, longContents);
        PendingStart start = new PendingStart(source, left.asked(), true, Deadline.after(StartSettler.ATTEMPT_TIMEOUT));
        runs.begin(pending, start, ticket, Duration.ZERO);
    }

    /** The wish that it end outlives the server that was told it. */
    private void cancelAgain(LiveExecution live, Unfinished left) {
        Duration grace = left.cancelGrace();
        if (grace != null) {
            cancellations.goOn(live, grace);
        }
    }
}
