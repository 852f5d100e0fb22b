// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.execution.GuestProcess.Ending;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one execution from where it is to its end: waits for its turn, has it started, stores its pid, follows it, and
 * stores how it ended. One thread does all of it, so that the steps cannot overtake each other.
 *
 * <p>The pid is stored a moment after the start, unless the command has ended by then: most have, and then pid and end
 * are one write. Nobody is told a pid that is not stored.
 */
final class ExecutionRun implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(ExecutionRun.class);
    private static final Duration FOREVER = Duration.ofDays(1);

    /** No approval is waited for so long. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final LiveExecution live;
    private final Admission.Ticket ticket;
    private final Duration pidDue;
    private final ExecutionParts parts;

    /** How it is to be started, until it has; absent where it runs already. Of the thread that runs this. */
    private @Nullable PendingStart pending;

    private final GuestProcess.Sink sink = new GuestProcess.Sink() {
        @Override
        public void append(List<OutputChunk> chunks, OutputSize size) throws InterruptedException {
            ExecutionRun.this.append(chunks, size);
        }

        @Override
        public void opened(OpenFiles files) {
            // Where that fails, they stay open in the guest if this server is killed.
            var _ = parts.store().opened(live.id(), files);
        }

        @Override
        public @Nullable PassingOutput passing() {
            // Who has it cancelled wants its end, and no more of its output.
            return live.isCancelled() ? null : live.passing();
        }
    };

    /** The newest step, stored or not. Of the thread that runs this. */
    private Execution execution;

    /** When it was started, of {@link System#nanoTime}; absent where this server has not started it. */
    private @Nullable Long startedNanos;

    /** Whether a write that tells the pid has its place in the store's order. Guarded by this. */
    private boolean pidStored;

    /** Whether one that tells more has: the pid alone, written after it, would undo that. Guarded by this. */
    private boolean moreStored;

    /**
     * @param pending how it is to be started; absent where it runs already
     * @param pidDue how long after the start the pid is stored at the latest
     */
    ExecutionRun(
            LiveExecution live,
            @Nullable PendingStart pending,
            Admission.Ticket ticket,
            Duration pidDue,
            ExecutionParts parts) {
        this.live = live;
        this.pending = pending;
        this.ticket = ticket;
        this.pidDue = pidDue;
        this.parts = parts;
        this.execution = live.durable();
        this.pidStored = execution.pid() != null;
    }

    @Override
    public void run() {
        // What is read counts against the budget until it is stored: agents talk faster than disks write.
        try (ticket;
                ReplyBudget.Share share = parts.budget().newShare()) {
            GuestProcess process = pending == null ? parts.starter().resume(execution, share) : start(pending, share);
            pending = null;
            if (process != null) {
                follow(process);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            log.error("Cannot follow execution {} any more", live.id(), e);
            giveUp();
        }
    }

    /** Absent where it has not been started: then its end is stored, or the server stops. */
    private @Nullable GuestProcess start(PendingStart start, ReplyBudget.Share share) throws InterruptedException {
        boolean toBeApproved = ticket.isOutside();
        if (toBeApproved && !isApproved(start.recovered())) {
            return null;
        }
        Deadline patience = endOf(
                start.recovered() && !toBeApproved,
                execution.patienceBegins(),
                start.delivery().patience());
        ticket.whenAdmitted(live::wake);
        boolean atOnce = ticket.isAdmitted() && execution.approval() == null;
        while (!ticket.isAdmitted() && !live.isCalledOff() && !parts.isStopping()) {
            Optional<StartCheck.Denial> denial = parts.mayStart().denial(execution);
            if (denial.isPresent() && live.callOff()) {
                live.failStart(denial.get().why());
                endUnstarted(ExecutionState.REJECTED, denial.get().reason());
                return null;
            }
            live.pause(FOREVER);
        }
        if (parts.isStopping()) {
            return null;
        }
        // Whoever waited for its turn may have waited for longer than an agent gets.
        Deadline deadline = atOnce ? start.deadline() : Deadline.after(StartAttempts.ATTEMPT);
        StartAttempts attempts = new StartAttempts(live, start, patience, deadline, parts);
        switch (attempts.start(share)) {
            case StartAttempts.Outcome.Started(ExecutionMode mode, long pid, GuestProcess process) -> {
                Execution running = execution.started(mode, pid, now());
                execution = running;
                startedNanos = System.nanoTime();
                parts.metrics().started();
                live.named(() -> storePid(running, pid));
                return process;
            }
            case StartAttempts.Outcome.NotStarted(ExecutionState state, @Nullable Reason reason) ->
                endUnstarted(state, reason);
            case StartAttempts.Outcome.ServerStops() -> {
                // The next server takes it up from what is stored.
            }
        }
        return null;
    }

    /** The end of a wait that this server begins now, or an earlier one has begun. */
    private Deadline endOf(boolean earlier, Instant begun, Duration wait) {
        return earlier ? WallClock.end(begun, wait, now()) : Deadline.after(wait);
    }

    /** Waits until it is approved, and queues up then. False where it has ended, or the server stops. */
    private boolean isApproved(boolean recovered) throws InterruptedException {
        Instant expiresAt = Objects.requireNonNull(execution.approval()).expiresAt();
        Duration wait = WallClock.between(execution.createdAt(), expiresAt, LONGEST);
        Deadline end = endOf(recovered, execution.createdAt(), wait);
        live.approvableUntil(end);
        while (live.awaitsApproval() && !parts.isStopping()) {
            Optional<StartCheck.Denial> denial = parts.mayStart().denial(execution);
            if (denial.isPresent() && live.callOff()) {
                endUnstarted(ExecutionState.REJECTED, denial.get().reason());
                return false;
            }
            Duration left = end.remaining();
            if (end.hasPassed() && live.callOff()) {
                endUnstarted(ExecutionState.REJECTED, Reason.APPROVAL_EXPIRED);
                return false;
            }
            live.pause(left.compareTo(FOREVER) < 0 ? left : FOREVER);
        }
        if (parts.isStopping()) {
            return false;
        }
        if (live.isRefused()) {
            endUnstarted(ExecutionState.REJECTED, Reason.APPROVAL_REFUSED);
            return false;
        }
        execution = live.durable();
        ticket.queueUp();
        return true;
    }

    private void endUnstarted(ExecutionState state, @Nullable Reason reason) throws InterruptedException {
        // Whoever hears of its end finds its place in the queue free.
        ticket.close();
        end(execution.endedUnstarted(state, reason, now()), List.of());
    }

    private void follow(GuestProcess process) throws InterruptedException {
        long begin = System.nanoTime();
        boolean ended = false;
        try {
            while (!parts.isStopping()) {
                Duration pause = process.pause();
                Duration left = pidDue.minusNanos(System.nanoTime() - begin);
                if (left.compareTo(pause) < 0) {
                    live.storePid();
                }
                live.pause(pause);
                Ending ending = process.look(sink);
                if (ending != null) {
                    finish(ending);
                    ended = true;
                    return;
                }
            }
            live.storePid();
        } finally {
            process.close(ended);
        }
    }

    /** When this returns, the pid has its place in the store before any later step of the execution. */
    private synchronized void storePid(Execution running, long pid) {
        if (pidStored) {
            return;
        }
        pidStored = true;
        var _ = parts.store().update(running, List.of()).whenComplete((done, failure) -> {
            if (failure == null) {
                parts.executions().named(live, pid);
                live.stored(running);
            } else {
                pidIsNotStored();
                live.failStart(new BellhopException(
                        ErrorCode.START_UNCONFIRMED,
                        "Cannot tell the pid of the command because it could not be stored; the command was started in VM "
                                + running.vm(),
                        failure));
            }
        });
    }

    /** It is tried again with the next look, unless a later write tells it. */
    private synchronized void pidIsNotStored() {
        pidStored = moreStored;
    }

    /** From now on every write tells the pid and more, and is tried until it works. */
    private synchronized void pidComesWithNextWrite() {
        pidStored = true;
        moreStored = true;
    }

    private void append(List<OutputChunk> chunks, OutputSize size) throws InterruptedException {
        live.storePid();
        pidComesWithNextWrite();
        execution = execution.withOutput(size);
        // What is not read yet is kept in the guest meanwhile.
        parts.store().quota().awaitRoom(execution.spec().account());
        parts.recorder().write(execution, chunks);
        live.stored(execution);
    }

    private void finish(Ending ending) throws InterruptedException {
        switch (ending) {
            case Ending.Ended(ExecutionState state, ExitStatus exit, OutputSize size, List<OutputChunk> last) ->
                end(execution.ended(state, exit, size, now()), last);
            case Ending.NotRun(Reason reason) ->
                end(execution.endedUnstarted(ExecutionState.REJECTED, reason, now()), List.of());
            case Ending.Lost(Reason reason) -> {
                // What was captured of its output before is kept.
                OutputSize stored = storedOutput();
                OutputSize size = new OutputSize(stored.stdoutBytes(), stored.stderrBytes(), stored.total() > 0);
                end(execution.lost(reason, size, now()), List.of());
            }
        }
    }

    private OutputSize storedOutput() {
        try {
            return parts.store().outputSize(live.id());
        } catch (BellhopException e) {
            // No reason to forget how it ended.
            return execution.output();
        }
    }

    private void end(Execution ended, List<OutputChunk> last) throws InterruptedException {
        pidComesWithNextWrite();
        parts.recorder().write(ended, last);
        execution = ended;
        if (ended.state() == ExecutionState.LOST && ended.reason() != null) {
            log.warn(
                    "Execution {} in VM {} is lost: {}",
                    ended.id(),
                    ended.vm(),
                    ended.reason().wireName());
        }
        parts.executions().ended(live, snapshot(ended, last));
        parts.metrics().ended(ended, startedNanos == null ? null : Duration.ofNanos(System.nanoTime() - startedNanos));
    }

    /** Small output that was stored with the end alone need not be read again for those that wait. */
    private ExecutionSnapshot snapshot(Execution ended, List<OutputChunk> last) {
        long bytes = last.stream().mapToLong(chunk -> chunk.bytes().length).sum();
        if (bytes != ended.output().total()) {
            try {
                return parts.executions().load(ended);
            } catch (BellhopException e) {
                // It is stored, and whoever wants its output reads it from there.
                return new ExecutionSnapshot(ended, null, null);
            }
        }
        return new ExecutionSnapshot(ended, whole(last, OutputStreamName.STDOUT), whole(last, OutputStreamName.STDERR));
    }

    private static byte[] whole(List<OutputChunk> chunks, OutputStreamName stream) {
        return chunks.stream()
                .filter(chunk -> chunk.stream() == stream)
                .map(OutputChunk::bytes)
                .findFirst()
                .orElse(new byte[0]);
    }

    private void giveUp() {
        try {
            if (execution.state().isFinal()) {
                parts.executions().ended(live, new ExecutionSnapshot(execution, null, null));
            } else if (execution.pid() == null) {
                end(execution.endedUnstarted(ExecutionState.LOST, Reason.SERVER_FAULT, now()), List.of());
            } else {
                finish(new Ending.Lost(Reason.SERVER_FAULT));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Instant now() {
        return parts.now();
    }
}
