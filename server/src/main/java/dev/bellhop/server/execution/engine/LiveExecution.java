// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.follow.OutputRelay;
import dev.bellhop.server.execution.follow.OutputRelayLimit;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An execution that has not ended yet: what is durable of it, and a meeting place of the one thread that takes it to its
 * end with those that wait for it or want something of it. Thread safe.
 */
final class LiveExecution {
    /** Whether it can still be called off without the guest having heard of it. */
    private enum Start {
        UNAPPROVED,
        /** It waits for its turn or for its agent. */
        WAITING,
        /** The agent is being asked, or has been. */
        ASKED,
        CALLED_OFF,
        REFUSED
    }

    /** A reader is away for as long as it takes to pass on what it has got. */
    private static final Duration COMES_BACK = Duration.ofSeconds(2);

    private final boolean stdinFollows;
    private final Semaphore woken = new Semaphore(0);
    private final OutputRelay passing;
    private volatile boolean explained;
    private final AtomicInteger followers = new AtomicInteger();
    private volatile long lastFollowed = System.nanoTime() - COMES_BACK.toNanos();
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private final CompletableFuture<ExecutionSnapshot> end = new CompletableFuture<>();

    /** Stores its pid, where that is known and not stored yet. */
    private volatile Runnable storePid = () -> {};

    private volatile @Nullable Deadline approvable;
    private volatile boolean letGo;

    /** All guarded by this. */
    private Execution durable;

    private long revision;

    private Start start;
    /** How long it has after TERM; absent where nobody wants it to end. */
    private @Nullable Duration grace;
    /** The shortest that is stored. */
    private @Nullable Duration storedGrace;

    /**
     * @param mayHaveBeenAsked whether the guest may have been asked to start it
     * @param clock tells when output was read
     */
    LiveExecution(
            Execution durable, long revision, boolean stdinFollows, boolean mayHaveBeenAsked, InstantSource clock) {
        this.durable = durable;
        this.revision = revision;
        this.stdinFollows = stdinFollows;
        this.passing = new OutputRelay(
                OutputRelayLimit.shared().of(durable.spec().tenant()), this::moreIsPassed, System::nanoTime, clock);
        this.start = mayHaveBeenAsked ? Start.ASKED : durable.awaitsApproval() ? Start.UNAPPROVED : Start.WAITING;
    }

    ExecutionId id() {
        return durable().id();
    }

    /** What it writes beyond what is kept. */
    OutputRelay passing() {
        return passing;
    }

    private synchronized void moreIsPassed() {
        notifyAll();
    }

    /** As {@link dev.bellhop.server.execution.Changes#await}, by one who follows its output. */
    long follow(long seen, BooleanSupplier orWhen, Duration longest) throws InterruptedException {
        if (!isFollowed()) {
            // What it has written so far need not have been read.
            wake();
        }
        followers.incrementAndGet();
        try {
            return awaitRevision(seen, orWhen, longest);
        } finally {
            lastFollowed = System.nanoTime();
            followers.decrementAndGet();
        }
    }

    /** Somebody reads what it has written, and may come back for more. */
    void noteReader() {
        lastFollowed = System.nanoTime();
    }

    /** Whether somebody follows its output, or read it a moment ago and may come back for more. */
    boolean isFollowed() {
        return followers.get() > 0 || System.nanoTime() - lastFollowed < COMES_BACK.toNanos();
    }

    /** As {@link dev.bellhop.server.execution.Changes#await}. */
    synchronized long awaitRevision(long seen, BooleanSupplier orWhen, Duration longest) throws InterruptedException {
        Deadline end = Deadline.after(longest);
        while (revision <= seen && !orWhen.getAsBoolean() && !end.hasPassed()) {
            TimeUnit.NANOSECONDS.timedWait(this, end.remainingNanos());
        }
        return revision;
    }

    /** As it is in the store. */
    synchronized Execution durable() {
        return durable;
    }

    void stored(Execution later, long newRevision) {
        synchronized (this) {
            durable = later;
            revision = newRevision;
            notifyAll();
        }
        if (later.pid() != null) {
            started.complete(null);
        }
    }

    void ended(ExecutionSnapshot snapshot, long newRevision) {
        stored(snapshot.execution(), newRevision);
        end.complete(snapshot);
        started.complete(null);
    }

    /** The guest has given its pid, which is not stored yet. */
    void pidAssigned(Runnable newStorePid) {
        storePid = newStorePid;
    }

    /** Has its pid stored, where that is known and not stored yet; does not wait for it. */
    void storePid() {
        storePid.run();
    }

    /** Whoever waits for the start is told this; the execution may go on. */
    void failStart(BellhopException failure) {
        started.completeExceptionally(failure);
    }

    /** The start has failed, and it is being found out why: who asked for it is to hear of that. */
    void explainFailure() {
        explained = true;
    }

    boolean isExplained() {
        return explained;
    }

    /** Whether it was started with the promise of more stdin; not known where an earlier server has started it. */
    boolean stdinFollows() {
        return stdinFollows;
    }

    /** Complete once its pid or its end is durable; failed where the one who asked for it is to hear of a failure. */
    CompletableFuture<Void> started() {
        return started;
    }

    /** Complete once its end is durable. */
    CompletableFuture<ExecutionSnapshot> end() {
        return end;
    }

    /** For the thread that takes it to its end: waits for so long, or until somebody {@link #wake wakes} it. */
    void pause(Duration longest) throws InterruptedException {
        var _ = woken.tryAcquire(longest.toNanos(), TimeUnit.NANOSECONDS);
        woken.drainPermits();
    }

    void wake() {
        woken.release();
    }

    /** Before the agent is asked to start it: false where it was called off, and is not to be started. */
    boolean beginStart() {
        return moveStart(Start.WAITING, Start.ASKED);
    }

    /** The agent was asked and has certainly not started it, so it may be asked again later, unless it was cancelled. */
    synchronized void startFailed() {
        if (start == Start.ASKED) {
            start = grace != null ? Start.CALLED_OFF : Start.WAITING;
        }
    }

    /** Makes sure that it is never started; false where the agent may have heard of it. */
    boolean cancelBeforeStart() {
        boolean calledOff = moveStart(Start.WAITING, Start.CALLED_OFF) || moveStart(Start.UNAPPROVED, Start.CALLED_OFF);
        if (calledOff) {
            wake();
        }
        return calledOff;
    }

    /** As {@link #cancelBeforeStart}, as it is not approved; false where it does not wait for that any more. */
    boolean refuse() {
        boolean refused = moveStart(Start.UNAPPROVED, Start.REFUSED);
        if (refused) {
            wake();
        }
        return refused;
    }

    /** Its approval has been stored; false where it is called off already, and stays so. */
    synchronized boolean approved(Approval given, long newRevision) {
        if (start != Start.UNAPPROVED) {
            return false;
        }
        start = Start.WAITING;
        durable = durable.withApproval(given);
        revision = newRevision;
        notifyAll();
        wake();
        return true;
    }

    boolean awaitsApproval() {
        return is(Start.UNAPPROVED);
    }

    void approvableUntil(Deadline end) {
        approvable = end;
    }

    /** Whether it cannot be approved any more, though that need not have been noticed. */
    boolean hasApprovalExpired() {
        Deadline end = approvable;
        return end != null && end.hasPassed();
    }

    boolean isRefused() {
        return is(Start.REFUSED);
    }

    boolean isCalledOff() {
        return is(Start.CALLED_OFF) || is(Start.REFUSED);
    }

    private synchronized boolean is(Start which) {
        return start == which;
    }

    private synchronized boolean moveStart(Start from, Start to) {
        if (start != from) {
            return false;
        }
        start = to;
        return true;
    }

    /** Another process takes it to its end: whoever waits for its start here is told so. */
    void letGo() {
        letGo = true;
        failStart(new BellhopException(
                ErrorCode.START_UNCONFIRMED,
                "Cannot tell whether the command was started because its VM came to another node meanwhile"));
        wake();
    }

    boolean isLetGo() {
        return letGo;
    }

    /** Somebody wants it to end. False where somebody has wanted that already, and as soon. */
    synchronized boolean cancel(Duration newGrace) {
        boolean sooner = grace == null || newGrace.compareTo(grace) < 0;
        if (sooner) {
            grace = newGrace;
        }
        return sooner;
    }

    synchronized boolean isCancelledSooner(Duration thanGrace) {
        return grace != null && grace.compareTo(thanGrace) < 0;
    }

    /** The wish that it end with this grace is durable, and any with a shorter one that was before. */
    synchronized void cancelStored(Duration durableGrace) {
        if (storedGrace == null || durableGrace.compareTo(storedGrace) < 0) {
            storedGrace = durableGrace;
        }
    }

    /** Whether it is durable that it is to end, and as soon as anybody wants. */
    synchronized boolean isCancelStored() {
        return grace != null && storedGrace != null && storedGrace.compareTo(grace) <= 0;
    }

    /** How long it has after TERM; absent where nobody wants it to end. */
    @Nullable
    synchronized Duration cancelGrace() {
        return grace;
    }

    boolean isCancelled() {
        return cancelGrace() != null;
    }

    /** Waits for the end; absent where it takes longer. */
    @Nullable
    ExecutionSnapshot awaitEnd(Duration longest) {
        try {
            return longest.isZero() ? end.getNow(null) : end.get(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException("an end is completed with what it is, never with a failure", e);
        }
    }
}
