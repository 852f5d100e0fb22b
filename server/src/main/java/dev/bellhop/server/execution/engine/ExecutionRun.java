// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.WallClock;
import dev.bellhop.server.execution.follow.GuestProcess;
import dev.bellhop.server.execution.follow.GuestProcess.Ending;
import dev.bellhop.server.execution.follow.OutputRelay;
import dev.bellhop.server.failure.NotHeldException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one execution from where it is to its end: waits for its approval and its turn, has it started, and follows it.
 * One thread does all of it, so that the steps cannot overtake each other.
 */
final class ExecutionRun implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(ExecutionRun.class);
    private static final Duration MAX_PAUSE = Duration.ofDays(1);

    /** No approval is waited for so long. */
    private static final Duration MAX_APPROVAL_WAIT = Duration.ofDays(36_500);

    private final LiveExecution live;
    private final Admission.Ticket ticket;
    private final Duration pidDue;
    private final ExecutionProgress progress;
    private final StartServices services;
    private final Consumer<LiveExecution> letGo;

    /** How it is to be started, until it has; absent if it runs already. */
    private @Nullable PendingStart pending;

    private final GuestProcess.Sink sink = new GuestProcess.Sink() {
        @Override
        public void append(List<OutputChunk> chunks, OutputSize size) throws InterruptedException {
            progress.append(chunks, size);
        }

        @Override
        public void opened(OpenFiles files) {
            // If that fails, they stay open in the guest if this server is killed.
            var _ = services.journal().opened(live.id(), files);
        }

        @Override
        public boolean isFollowed() {
            return live.isFollowed();
        }

        @Override
        public @Nullable OutputRelay passing() {
            // Who cancels it wants its end, and no more of its output.
            return live.isCancelled() ? null : live.passing();
        }
    };

    /**
     * @param pidDue how long after the start the pid is stored at the latest
     * @param letGo told where another process takes it to its end
     */
    ExecutionRun(
            LiveExecution live,
            @Nullable PendingStart pending,
            Admission.Ticket ticket,
            Duration pidDue,
            ExecutionProgress progress,
            StartServices services,
            Consumer<LiveExecution> letGo) {
        this.letGo = letGo;
        this.live = live;
        this.pending = pending;
        this.ticket = ticket;
        this.pidDue = pidDue;
        this.progress = progress;
        this.services = services;
    }

    @Override
    public void run() {
        // What is read counts against the budget until it is stored: agents talk faster than disks write.
        try (ticket;
                ReplyBudget.Share share = ReplyBudget.shared().newShare()) {
            GuestProcess process =
                    pending == null ? services.processes().resume(progress.execution(), share) : start(pending, share);
            pending = null;
            if (process != null) {
                follow(process);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (NotHeldException e) {
            log.info(
                    "Another process follows execution {} in VM {} from now on",
                    live.id(),
                    live.durable().vm());
            live.letGo();
            letGo.accept(live);
        } catch (RuntimeException | Error e) {
            log.error("Cannot follow execution {} any more", live.id(), e);
            giveUp();
        } finally {
            Execution execution = live.durable();
            services.guests().of(execution.vm()).processes().forgetStreamed(execution.id());
        }
    }

    private void giveUp() {
        try {
            progress.giveUp();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Absent if it has not been started: then its end is stored, or the server stops. */
    private @Nullable GuestProcess start(PendingStart start, ReplyBudget.Share share) throws InterruptedException {
        boolean toBeApproved = ticket.isOutside();
        if (toBeApproved && !isApproved(start.recovered())) {
            return null;
        }
        Deadline deliveryTimeout = endOf(
                start.recovered() && !toBeApproved,
                progress.execution().deliveryTimeoutBegins(),
                start.source().deliveryTimeout());
        ticket.whenAdmitted(live::wake);
        boolean atOnce = ticket.isAdmitted() && progress.execution().approval() == null;
        if (!isItsTurn()) {
            return null;
        }
        // Whoever waited for its turn may have waited for longer than an agent gets.
        Deadline deadline = atOnce ? start.deadline() : Deadline.after(StartSettler.ATTEMPT_TIMEOUT);
        switch (new StartRetrier(live, start, deliveryTimeout, deadline, services).start(share)) {
            case StartOutcome.Started(ExecutionMode mode, long pid, GuestProcess process) -> {
                progress.started(mode, pid);
                return process;
            }
            case StartOutcome.NotStarted(ExecutionState state, @Nullable Reason reason) -> endUnstarted(state, reason);
            case StartOutcome.ServerStops() -> {
                // The next server takes it up from what is stored.
            }
        }
        return null;
    }

    /** The end of a wait that this server begins now, or an earlier one has begun. */
    private Deadline endOf(boolean earlier, Instant begun, Duration wait) {
        return earlier ? WallClock.end(begun, wait, services.clock().instant()) : Deadline.after(wait);
    }

    /** Waits until it is approved, and queues up then. False if it has ended, or the server stops. */
    private boolean isApproved(boolean recovered) throws InterruptedException {
        Execution execution = progress.execution();
        Instant expiresAt = Objects.requireNonNull(execution.approval()).expiresAt();
        Duration wait = WallClock.between(execution.createdAt(), expiresAt, MAX_APPROVAL_WAIT);
        Deadline end = endOf(recovered, execution.createdAt(), wait);
        live.approvableUntil(end);
        while (live.awaitsApproval() && !isStopping()) {
            Optional<StartCheck.Denial> denial = services.mayStart().earlyDenial(execution);
            if (denial.isPresent() && live.cancelBeforeStart()) {
                endUnstarted(ExecutionState.REJECTED, denial.get().reason());
                return false;
            }
            Duration left = end.remaining();
            if (end.hasPassed() && live.cancelBeforeStart()) {
                endUnstarted(ExecutionState.REJECTED, Reason.APPROVAL_EXPIRED);
                return false;
            }
            live.pause(left.compareTo(MAX_PAUSE) < 0 ? left : MAX_PAUSE);
        }
        if (isStopping()) {
            return false;
        }
        if (live.isRefused()) {
            endUnstarted(ExecutionState.REJECTED, Reason.APPROVAL_REFUSED);
            return false;
        }
        progress.approved();
        ticket.queueUp();
        return true;
    }

    /** Waits for its turn. False if it has ended, or the server stops. */
    private boolean isItsTurn() throws InterruptedException {
        while (!ticket.isAdmitted() && !live.isCalledOff() && !isStopping()) {
            Optional<StartCheck.Denial> denial = services.mayStart().earlyDenial(progress.execution());
            if (denial.isPresent() && live.cancelBeforeStart()) {
                live.failStart(denial.get().why());
                endUnstarted(ExecutionState.REJECTED, denial.get().reason());
                return false;
            }
            live.pause(MAX_PAUSE);
        }
        return !isStopping();
    }

    private void endUnstarted(ExecutionState state, @Nullable Reason reason) throws InterruptedException {
        // Whoever hears of its end finds its place in the queue free.
        ticket.close();
        progress.endUnstarted(state, reason);
    }

    private void follow(GuestProcess process) throws InterruptedException {
        long begin = System.nanoTime();
        boolean ended = false;
        process.onOver(live::wake);
        try {
            while (!isStopping()) {
                Duration pause = process.pause();
                Duration left = pidDue.minusNanos(System.nanoTime() - begin);
                if (left.compareTo(pause) < 0) {
                    live.storePid();
                }
                live.pause(pause);
                Ending ending = process.look(sink);
                if (ending != null) {
                    progress.end(ending);
                    ended = true;
                    return;
                }
            }
            live.storePid();
        } finally {
            process.close(ended);
        }
    }

    /** @throws NotHeldException if another process has the VM by now */
    private boolean isStopping() {
        if (live.isLetGo()) {
            throw new NotHeldException();
        }
        return services.shutdown().hasBegun();
    }
}
