// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.execution.ExecutionStore.Insertion;
import dev.bellhop.server.execution.ExecutionStore.Unfinished;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts commands in VMs and follows each to its end.
 *
 * <p>The order of things is the promise: an execution is stored before the guest hears of it, its pid before the caller
 * does, its result before any reader does. A server that dies between two of these steps finds on its return what may
 * have happened, says so, and runs nothing twice.
 *
 * <p>Thread safe. Call {@link #recover()} once before anything else.
 */
public final class Executions implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Executions.class);
    private static final Duration GOODBYE = Duration.ofSeconds(10);

    /** How long a pid waits for its command's end, to be stored with it, where somebody waits for the pid. */
    private static final Duration PID_AT_ONCE = Duration.ofMillis(1);

    private static final Duration SILENCE = Duration.ofMillis(100);

    /** Likewise where everybody waits for the end. */
    private static final Duration PID_SOON = Duration.ofMillis(20);

    private final ExecutionStore store;
    private final ExecutionIds ids;
    private final LiveExecutions executions;
    private final Admission admission;
    private final ConcurrentMap<ExecutionId, Admission.Ticket> tickets = new ConcurrentHashMap<>();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final ExecutionParts parts;
    private final ExecutionActions actions;
    private final Cancellations cancellations;
    private final ExecutionRetention retention;
    private final CoarseWaits waits = new CoarseWaits();
    private final ExecutorService threads = java.util.concurrent.Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("execution-", 0).factory());

    public Executions(
            ExecutionStore store,
            VmDirectory directory,
            ExecutionSettings settings,
            Clock clock,
            ExecutionMetrics metrics) {
        this.store = store;
        this.admission = new Admission(settings.limits());
        this.ids = new ExecutionIds(clock);
        this.executions = new LiveExecutions(store);
        this.parts = new ExecutionParts(
                store,
                executions,
                new ResultRecorder(store, stop),
                new GuestStarter(directory, settings.guests(), executions, ids, clock),
                metrics,
                ReplyBudget.shared(),
                clock,
                stop);
        this.actions = new ExecutionActions(parts, ids);
        this.cancellations = new Cancellations(parts);
        this.retention = new ExecutionRetention(parts);
        metrics.watchRunning(executions::size);
    }

    /**
     * What came of a request.
     *
     * @param end how it ended, where it was waited for until then
     * @param replayed whether the execution is that of an earlier request with the same idempotency key
     */
    public record Submitted(Execution execution, @Nullable ExecutionSnapshot end, boolean replayed) {}

    /**
     * Starts a command and returns once the guest has given a pid and both are durable; does not wait for its end.
     *
     * @throws BellhopException {@code INVALID_FIELD}, {@code AGENT_UNAVAILABLE}, {@code TOO_MANY_EXECUTIONS} or
     *     {@code STORE_UNAVAILABLE}: nothing was started; {@code START_UNCONFIRMED}: it may have been
     */
    public Execution start(VmId vm, ExecutionRequest request, Deadline deadline) {
        Execution pending = pending(vm, request);
        Admission.Ticket ticket = admission.enter(vm, request.spec().keyId());
        LiveExecution live;
        try {
            Delivery delivery = request.delivery();
            Asked asked = asked(pending, delivery, ticket);
            insert(pending, asked == null ? delivery.withCallerWaiting() : delivery, asked, null, deadline);
            live = run(pending, delivery, asked, ticket, PID_AT_ONCE, deadline);
        } catch (RuntimeException | Error e) {
            ticket.close();
            throw e;
        }
        awaitStart(live, deadline);
        return withPid(live.durable());
    }

    /**
     * Starts a command, or finds the execution that an earlier request with the same idempotency key started, as {@link
     * #start(VmId, ExecutionRequest, Deadline)}.
     *
     * @throws BellhopException as there, and {@code IDEMPOTENCY_KEY_REUSED}
     */
    public Execution start(VmId vm, ExecutionRequest request, IdempotencyKey key, Deadline deadline) {
        Execution submitted = submit(vm, request, key, Duration.ZERO, deadline).execution();
        LiveExecution live = executions.live(submitted.id());
        if (live == null) {
            return withPid(store.find(submitted.id()).orElse(submitted));
        }
        awaitStart(live, deadline);
        return withPid(live.durable());
    }

    private static Execution withPid(Execution started) {
        if (started.pid() == null && started.state() == ExecutionState.LOST) {
            throw new BellhopException(
                    ErrorCode.START_UNCONFIRMED, "Cannot tell whether the command was started in VM " + started.vm());
        }
        if (started.pid() == null) {
            throw new BellhopException(
                    ErrorCode.AGENT_UNAVAILABLE,
                    "Cannot run the command in VM " + started.vm() + " because it was ended before it started");
        }
        return started;
    }

    /**
     * Starts a command, or finds the execution that an earlier request with the same idempotency key started.
     *
     * <p>Returns once it has started and its pid is durable; or, where it is not asked to wait, as soon as it waits for its
     * turn or for its agent; or, where it is asked to wait, when it has ended or the wait is over.
     *
     * @param key absent where each request is a new command
     * @param wait how long to wait for its end; zero not to
     * @param start by when the agent has to have started it, where the request has no patience of its own
     * @throws BellhopException as {@link #start}, and {@code IDEMPOTENCY_KEY_REUSED}
     */
    public Submitted submit(
            VmId vm, ExecutionRequest request, @Nullable IdempotencyKey key, Duration wait, Deadline start) {
        Execution pending = pending(vm, request);
        if (key != null) {
            // Before it is asked whether there is room: what is known takes none.
            Optional<Insertion.Known> earlier = store.known(key.keyId(), key.name());
            if (earlier.isPresent()) {
                return new Submitted(replayed(earlier.get(), key, wait), null, true);
            }
        }
        Admission.Ticket ticket = admission.enter(vm, request.spec().keyId());
        LiveExecution live;
        try {
            Asked asked = asked(pending, request.delivery(), ticket);
            Insertion insertion = insert(pending, request.delivery(), asked, key, start);
            if (insertion instanceof Insertion.Known known) {
                // Another request with the key was faster.
                ticket.close();
                return new Submitted(replayed(known, key, wait), null, true);
            }
            Duration pidDue = wait.isZero() ? PID_AT_ONCE : PID_SOON;
            live = run(pending, request.delivery(), asked, ticket, pidDue, start);
        } catch (RuntimeException | Error e) {
            ticket.close();
            throw e;
        }
        if (wait.isZero()) {
            if (ticket.isAdmitted() && request.delivery().patience().isZero()) {
                awaitStart(live, start);
            }
            return new Submitted(live.durable(), null, false);
        }
        CompletableFuture<Void> started = live.started();
        ExecutionSnapshot end = awaitEnd(live, wait);
        live.storePid();
        if (started.isCompletedExceptionally() && request.delivery().patience().isZero()) {
            Writes.await(started);
        }
        return new Submitted(end == null ? live.durable() : end.execution(), end, false);
    }

    private Execution replayed(Insertion.Known known, @Nullable IdempotencyKey key, Duration wait) {
        if (!known.key().equals(key)) {
            throw new BellhopException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "Cannot use this Idempotency-Key because another request was sent with it; take a new one");
        }
        return executions
                .find(known.id(), wait)
                .orElseThrow(() -> new IllegalStateException("an execution outlives its idempotency key"))
                .execution();
    }

    private Execution pending(VmId vm, ExecutionRequest request) {
        // Says what is wrong with it before anything is stored.
        GuestStarter.command(request.spec(), request.delivery());
        return Execution.pending(ids.next(), vm, request.spec(), parts.now());
    }

    /** What is stored of the guest being asked, where that is next; stored with the execution, it costs no write more. */
    private @Nullable Asked asked(Execution pending, Delivery delivery, Admission.Ticket ticket) {
        if (!ticket.isAdmitted() || delivery.patience().isPositive()) {
            return null;
        }
        ExecutionMode mode = parts.starter().expectedMode(pending.vm());
        return mode == null ? null : new Asked(mode, pending.createdAt());
    }

    private Insertion insert(
            Execution pending,
            Delivery delivery,
            @Nullable Asked asked,
            @Nullable IdempotencyKey key,
            Deadline deadline) {
        CompletableFuture<Insertion> inserted = store.insert(pending, delivery, asked, key);
        try {
            return Writes.await(inserted, deadline.remaining());
        } catch (BellhopException e) {
            boolean failed = inserted.isCompletedExceptionally();
            // It may yet be stored, and then it is not to be started any more.
            var _ = inserted.thenAccept(insertion -> {
                if (insertion instanceof Insertion.Inserted) {
                    endWithoutStart(
                            pending.endedUnstarted(ExecutionState.REJECTED, Reason.STORE_UNAVAILABLE, parts.now()));
                }
            });
            throw failed || !isStartedByNextServer(delivery, asked) ? e : mayBeStored(pending, e);
        }
    }

    /** Whether a server that finds it in the store starts it, should this one end before it has stored that it is not to. */
    private static boolean isStartedByNextServer(Delivery delivery, @Nullable Asked asked) {
        return asked == null && !delivery.callerWaits();
    }

    private static BellhopException mayBeStored(Execution pending, BellhopException cause) {
        return new BellhopException(
                ErrorCode.START_UNCONFIRMED,
                "Cannot tell whether the command will be started in VM " + pending.vm()
                        + " because the database does not answer in time",
                cause);
    }

    private void endWithoutStart(Execution end) {
        threads.execute(() -> {
            try {
                parts.recorder().write(end, List.of());
                parts.metrics().ended(end);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private LiveExecution run(
            Execution stored,
            Delivery delivery,
            @Nullable Asked asked,
            Admission.Ticket ticket,
            Duration pidDue,
            Deadline deadline) {
        LiveExecution live = new LiveExecution(stored, delivery.inputFollows(), false);
        boolean atOnce = ticket.isAdmitted() && delivery.patience().isZero();
        DeliverySource source = new DeliverySource(stored.id(), delivery, atOnce, store);
        run(live, new PendingStart(source, asked, false, deadline), ticket, pidDue);
        return live;
    }

    private void run(LiveExecution live, @Nullable PendingStart pending, Admission.Ticket ticket, Duration pidDue) {
        executions.add(live);
        if (!ticket.isAdmitted()) {
            tickets.put(live.id(), ticket);
        }
        ExecutionRun run = new ExecutionRun(live, pending, ticket, pidDue, parts);
        threads.execute(() -> {
            run.run();
            tickets.remove(live.id());
        });
    }

    private @Nullable ExecutionSnapshot awaitEnd(LiveExecution live, Duration longest) {
        try {
            waits.await(live.end(), longest);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return live.awaitEnd(Duration.ZERO);
    }

    private void awaitStart(LiveExecution live, Deadline deadline) {
        CompletableFuture<Void> started = live.started();
        try {
            // An agent that falls silent after the start holds up whoever follows the command, and so its pid.
            Duration remaining = deadline.remaining();
            if (!waits.await(started, remaining.compareTo(SILENCE) < 0 ? remaining : SILENCE)
                    || started.isCompletedExceptionally()) {
                live.storePid();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            // The start has the same deadline and says more precisely what was late, so it is given a moment more.
            Writes.await(started, deadline.remaining().plus(SILENCE));
        } catch (BellhopException e) {
            if (started.isDone()) {
                throw e;
            }
            throw live.callOff()
                    ? new BellhopException(
                            ErrorCode.TOO_MANY_EXECUTIONS,
                            "Cannot run one more command in VM "
                                    + live.durable().vm() + " now because too many run; try again when some have ended")
                    : new BellhopException(
                            ErrorCode.START_UNCONFIRMED,
                            "Cannot tell in time whether the command was started in VM "
                                    + live.durable().vm(),
                            e);
        }
    }

    /**
     * The newest execution in a VM that the guest called by this pid.
     *
     * @param longestWait how long to wait for its end, where it runs; zero to see it as it is
     */
    public Optional<ExecutionSnapshot> findByPid(VmId vm, long pid, Duration longestWait) {
        return executions.find(vm, pid, longestWait);
    }

    /**
     * One execution.
     *
     * @param longestWait how long to wait for its end, where it has not ended; zero to see it as it is
     */
    public Optional<ExecutionSnapshot> find(ExecutionId id, Duration longestWait) {
        return executions.find(id, longestWait);
    }

    /** The newest executions in a VM that were given a pid, newest first. */
    public List<Execution> recent(VmId vm, int limit) {
        return store.recent(vm, limit);
    }

    /**
     * Executions that fit a filter, newest first.
     *
     * @param before only older ones than this; absent to begin with the newest
     */
    public List<Execution> list(ExecutionFilter filter, @Nullable ExecutionId before, int limit) {
        return store.list(filter, before, limit);
    }

    /** Stored bytes of one stream: {@code limit} of them from an offset on, or fewer where the stored stream ends. */
    public byte[] output(ExecutionId id, OutputStreamName stream, long offset, int limit) {
        return store.output(id, stream, offset, limit);
    }

    /** Its place among those that wait for their turn in the same VM, 1 for the next; empty where it does not wait. */
    public OptionalInt queuePlace(ExecutionId id) {
        Admission.Ticket ticket = tickets.get(id);
        return ticket == null ? OptionalInt.empty() : ticket.place();
    }

    /**
     * Waits for something new of an execution: its state or its output.
     *
     * @param seen the version that was returned last; -1 at first
     * @return the version there is; at once where it is not the one seen or the execution has ended, else after
     *     {@code longest} at the latest
     */
    public long awaitChange(ExecutionId id, long seen, Duration longest) throws InterruptedException {
        LiveExecution live = executions.live(id);
        return live == null ? Long.MAX_VALUE : live.awaitChange(seen, longest);
    }

    /** What else can be done to an execution that has not ended. */
    public ExecutionActions actions() {
        return actions;
    }

    /** Deletes what nobody needs any more. */
    public ExecutionRetention retention() {
        return retention;
    }

    /**
     * Has an execution ended: not started where it waits, or TERM to all of it in the guest, and KILL after a grace period.
     * Its end shows in the execution.
     *
     * @return whether the wish is durable, so that a server that is restarted before the end goes on. Where it is not,
     *     because the store fails, the execution is ended all the same, and the wish is stored as soon as that works.
     * @throws BellhopException {@code EXECUTION_ENDED}, or {@code NOT_SUPPORTED} where the agent alone looks after it
     */
    public boolean cancel(ExecutionId id, Duration grace, Deadline deadline) {
        LiveExecution live = actions.live(id);
        ExecutionActions.requireNotDirect(live);
        return cancellations.cancel(live, grace, deadline);
    }

    /**
     * Takes up what an earlier server left: follows what runs, starts what still waits, and finds out what became of what
     * may or may not have been started.
     */
    public void recover() {
        store.newestId().ifPresent(ids::continueAfter);
        List<Unfinished> unfinished = store.unfinished();
        // Before the first of them is asked for: an older one would read the result of a newer one with its pid.
        unfinished.forEach(each -> parts.starter().adopt(each.execution()));
        // What may run has its place already, so it comes before what waits for one.
        unfinished.stream().filter(Executions::mayRun).forEach(this::takeUp);
        unfinished.stream().filter(each -> !mayRun(each)).forEach(this::takeUp);
        if (!unfinished.isEmpty()) {
            log.info("Took up {} executions", unfinished.size());
        }
    }

    private static boolean mayRun(Unfinished unfinished) {
        return unfinished.execution().pid() != null || unfinished.asked() != null;
    }

    private void takeUp(Unfinished unfinished) {
        Execution execution = unfinished.execution();
        String keyId = execution.spec().keyId();
        Admission.Ticket ticket = mayRun(unfinished)
                ? admission.enterRunning(execution.vm(), keyId)
                : admission.enterAgain(execution.vm(), keyId);
        if (execution.pid() != null) {
            LiveExecution running = new LiveExecution(execution, false, true);
            run(running, null, ticket, Duration.ZERO);
            cancelAgain(running, unfinished);
            return;
        }
        Delivery delivery = store.delivery(execution.id()).orElse(Delivery.PLAIN);
        LiveExecution pending = new LiveExecution(execution, delivery.inputFollows(), unfinished.asked() != null);
        // Before it can be started.
        cancelAgain(pending, unfinished);
        DeliverySource source = new DeliverySource(execution.id(), delivery, false, store);
        PendingStart start = new PendingStart(source, unfinished.asked(), true, Deadline.after(StartAttempts.ATTEMPT));
        run(pending, start, ticket, Duration.ZERO);
    }

    /** The wish that it end outlives the server that was told it. */
    private void cancelAgain(LiveExecution live, Unfinished unfinished) {
        Duration grace = unfinished.cancelGrace();
        if (grace != null) {
            cancellations.goOn(live, grace);
        }
    }

    /** Stops following. What runs in guests runs on, and the next server takes it up. */
    @Override
    public void close() {
        stop.countDown();
        executions.close();
        executions.all().forEach(LiveExecution::wake);
        cancellations.close();
        threads.shutdown();
        try {
            // Each finishes the call it is in, since the agent may be telling a result.
            if (!threads.awaitTermination(GOODBYE.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("Some guest agents did not answer in time; what they said last is not stored");
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
        waits.close();
    }
}
