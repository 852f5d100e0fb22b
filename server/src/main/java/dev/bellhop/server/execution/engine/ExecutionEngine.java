// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionFilter;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.ExecutionIntake.Insertion;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionReader;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionStore;
import dev.bellhop.server.execution.IdempotencyKey;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.Seen;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.execution.follow.GuestProcessFactory;
import dev.bellhop.server.execution.follow.OutputRelay;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.guest.Guests;
import dev.bellhop.server.execution.guest.StartOptionsLoader;
import dev.bellhop.server.execution.script.GuestCommand;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Starts commands in VMs and follows each to its end.
 *
 * <p>The order of things is the promise: an execution is stored before the guest hears of it, its pid before the caller
 * does, its result before any reader does. A server that dies between two of these steps finds on its return what may
 * have happened, says so, and runs nothing twice.
 *
 * <p>Thread safe. Call {@link #recover()} once before anything else.
 */
public final class ExecutionEngine implements Engine, AutoCloseable {
    /** Between two looks at whether a wait goes on. */
    private static final Duration SLICE = Duration.ofMillis(500);

    /** How long a pid waits for its command's end, to be stored with it, where somebody waits for the pid. */
    private static final Duration PID_AT_ONCE = Duration.ofMillis(1);

    /** Likewise where everybody waits for the end. */
    private static final Duration PID_SOON = Duration.ofMillis(20);

    /** Twice what the longest command with the most input takes, as half is for one account. */
    private static final long MIN_LONG_CONTENTS = 32L << 20;

    private final ExecutionStore store;
    private final ExecutionIds ids;
    private final LiveExecutions executions;
    private final Admission admission;
    private final Shutdown shutdown = new Shutdown();
    private final Clock clock;
    private final Guests guests;
    private final GuestProcessFactory processes;
    private final FairLimit longContents =
            new FairLimit(Math.max(MIN_LONG_CONTENTS, Runtime.getRuntime().maxMemory() / 8));
    private final ExecutionRuns runs;
    private final ExecutionInserter inserter;
    private final ExecutionActions actions;
    private final Cancellations cancellations;
    private final Approvals approvals;
    private final ExecutionRetention retention;
    private final CoarseTimer waits = new CoarseTimer();
    private final StartWait starts = new StartWait(waits);

    /** One in which whoever asked for a command may have it started. */
    public ExecutionEngine(
            ExecutionStore store,
            VmDirectory directory,
            ExecutionSettings settings,
            Clock clock,
            ExecutionMetrics metrics) {
        this(store, directory, new AgentHealth(clock), settings, clock, metrics, StartCheck.owner(execution -> true));
    }

    /**
     * One for a server.
     *
     * @param mayStart whether what has waited may be started yet
     */
    public ExecutionEngine(
            ExecutionStore store,
            VmDirectory directory,
            AgentHealth health,
            ExecutionSettings settings,
            Clock clock,
            ExecutionMetrics metrics,
            StartCheck mayStart) {
        this.store = store;
        this.admission = new Admission(settings.limits());
        this.ids = new ExecutionIds(clock);
        this.executions = new LiveExecutions(store);
        // As it is stored.
        this.clock = Clock.tick(clock, Duration.ofMillis(1));
        this.guests = new Guests(directory, settings.guests(), store, ids, shutdown::hasBegun);
        this.processes = new GuestProcessFactory(
                guests, settings.guests(), store.intake().quota(), this.clock);
        var recorder = new ResultRecorder(store, shutdown);
        var services =
                new StartServices(store, guests, processes, health, mayStart, shutdown, this.clock, System::nanoTime);
        this.runs = new ExecutionRuns(executions, recorder, metrics, services);
        this.inserter = new ExecutionInserter(store, runs, this.clock);
        this.actions = new ExecutionActions(executions, guests, health);
        this.cancellations = new Cancellations(recorder, guests, shutdown);
        this.approvals = new Approvals(store, executions, mayStart, this.clock);
        this.retention = new ExecutionRetention(store, executions, shutdown);
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
     * Starts a command, which needs no approval, and returns once the guest has given a pid and both are durable; does not wait
     * for its end.
     *
     * @throws BellhopException {@code INVALID_FIELD}, {@code AGENT_UNAVAILABLE}, {@code TOO_MANY_EXECUTIONS} or
     *     {@code STORE_UNAVAILABLE}: nothing was started; {@code START_UNCONFIRMED}: it may have been
     */
    public Execution start(VmId vm, ExecutionRequest request, Deadline deadline) {
        return start(vm, request, null, deadline);
    }

    /**
     * Starts a command, or finds the execution that an earlier request with the same idempotency key started, as {@link
     * #start(VmId, ExecutionRequest, Deadline)}.
     *
     * @param key absent where each request is a new command
     * @throws BellhopException as there, and {@code IDEMPOTENCY_KEY_REUSED}
     */
    public Execution start(VmId vm, ExecutionRequest request, @Nullable IdempotencyKey key, Deadline deadline) {
        if (request.approvalWithin() != null) {
            throw new IllegalArgumentException("nobody can wait here for a pid that comes once somebody approves");
        }
        awaitRoom(request.spec().tenant());
        Begun begun = begin(vm, request, true, key, PID_AT_ONCE, deadline);
        LiveExecution live = begun.live == null ? executions.live(begun.id) : begun.live;
        return live == null
                ? StartWait.started(store.reader().find(begun.id).orElseThrow(ExecutionEngine::forgotten))
                : starts.await(live, deadline);
    }

    /** As the other, with a wait that nothing cuts short. */
    public Submitted submit(
            VmId vm, ExecutionRequest request, @Nullable IdempotencyKey key, Duration wait, Deadline start) {
        return submit(vm, request, key, wait, () -> true, start);
    }

    /**
     * Starts a command, or finds the execution that an earlier request with the same idempotency key started.
     *
     * <p>Returns once it has started and its pid is durable; or, where it is not asked to wait, as soon as it waits for its
     * turn, its agent or approval; or, where it is asked to wait, when it has ended or the wait is over.
     *
     * @param key absent where each request is a new command
     * @param wait how long to wait for its end; zero not to
     * @param goesOn asked now and then: the wait is over where it says no
     * @param start by when the agent has to have started it, where the request has no delivery timeout
     * @throws BellhopException as {@link #start}, and {@code IDEMPOTENCY_KEY_REUSED}
     */
    public Submitted submit(
            VmId vm,
            ExecutionRequest request,
            @Nullable IdempotencyKey key,
            Duration wait,
            BooleanSupplier goesOn,
            Deadline start) {
        awaitRoom(request.spec().tenant());
        return await(begin(vm, request, key, wait, start), wait, goesOn, start);
    }

    /** Waits, for seconds at most, where more is stored than may be and this account has much of it. To be called before a start. */
    public void awaitRoom(Tenant tenant) {
        try {
            store.intake().quota().awaitRoom(tenant);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * The first half of {@link #submit}, after {@link #awaitRoom}: returns once the execution is stored. Whoever waits for more
     * need not hold the request, which can be megabytes, any longer.
     */
    public Begun begin(VmId vm, ExecutionRequest request, @Nullable IdempotencyKey key, Duration wait, Deadline start) {
        return begin(vm, request, false, key, wait.isZero() ? PID_AT_ONCE : PID_SOON, start);
    }

    /** The second half of {@link #submit}. */
    public Submitted await(Begun begun, Duration wait, BooleanSupplier goesOn, Deadline start) {
        LiveExecution live = begun.live;
        if (live == null) {
            return submitted(find(begun.id, wait).orElseThrow(ExecutionEngine::forgotten), true);
        }
        if (wait.isZero()) {
            if (begun.atOnce) {
                starts.awaitAnswer(live, start);
            }
            return new Submitted(live.durable(), null, false);
        }
        CompletableFuture<Void> started = live.started();
        ExecutionSnapshot end = awaitEnd(live, wait, goesOn);
        live.storePid();
        if (started.isCompletedExceptionally() && begun.wantsAgentAtOnce) {
            Writes.await(started);
        }
        return end == null ? new Submitted(live.durable(), null, false) : submitted(end, false);
    }

    private static Submitted submitted(ExecutionSnapshot seen, boolean replayed) {
        Execution execution = seen.execution();
        return new Submitted(execution, execution.state().isFinal() ? seen : null, replayed);
    }

    private @Nullable ExecutionSnapshot awaitEnd(LiveExecution live, Duration longest, BooleanSupplier goesOn) {
        long begun = System.nanoTime();
        Duration left = longest;
        try {
            while (left.isPositive() && goesOn.getAsBoolean() && !shutdown.hasBegun()) {
                if (waits.await(live.end(), left.compareTo(SLICE) < 0 ? left : SLICE)) {
                    break;
                }
                left = longest.minusNanos(System.nanoTime() - begun);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return live.awaitEnd(Duration.ZERO);
    }

    private static IllegalStateException forgotten() {
        return new IllegalStateException("an execution outlives its idempotency key");
    }

    /** What a request has begun, or an earlier one with the same idempotency key. */
    public static final class Begun {
        private final ExecutionId id;
        /** Absent where an earlier one has. */
        private final @Nullable LiveExecution live;
        /** Whether its agent has to be there, once it is its turn. */
        private final boolean wantsAgentAtOnce;
        /** Whether it waits for neither its turn nor an agent that it may wait for. */
        private final boolean atOnce;

        private Begun(ExecutionId id, @Nullable LiveExecution live, boolean wantsAgentAtOnce, boolean atOnce) {
            this.id = id;
            this.live = live;
            this.wantsAgentAtOnce = wantsAgentAtOnce;
            this.atOnce = atOnce;
        }
    }

    /** @param callerWaits whether its caller waits for its start, and wants none that comes after the wait */
    private Begun begin(
            VmId vm,
            ExecutionRequest request,
            boolean callerWaits,
            @Nullable IdempotencyKey key,
            Duration pidDue,
            Deadline deadline) {
        Execution pending = pending(vm, request);
        if (key != null) {
            // Before it is asked whether there is room: what is known takes none.
            Optional<Insertion.Known> earlier = store.intake().known(key.keyId(), key.name());
            if (earlier.isPresent()) {
                return begunBefore(earlier.get(), key);
            }
        }
        Admission.Ticket ticket = pending.approval() == null
                ? admission.enter(vm, request.spec())
                : admission.waitOutside(vm, request.spec());
        try {
            StartOptions options = request.startOptions();
            StartIntent asked = asked(pending, options, ticket);
            // Once its guest may have been asked, the next server asks it and starts nothing.
            StartOptions stored = callerWaits && asked == null ? options.withCallerWaiting() : options;
            if (inserter.insert(pending, stored, asked, key, deadline) instanceof Insertion.Known known) {
                // Another request with the key was faster.
                ticket.close();
                return begunBefore(known, key);
            }
            // What is long stays in the store from here on: it may wait for days.
            Execution kept = pending.shortened();
            LiveExecution live = new LiveExecution(kept, 1, options.stdinFollows(), false);
            boolean wantsAgentAtOnce = options.deliveryTimeout().isZero();
            boolean atOnce = ticket.isAdmitted() && wantsAgentAtOnce;
            StartOptionsLoader source = atOnce
                    ? StartOptionsLoader.atHand(kept, options, store, longContents)
                    : StartOptionsLoader.stored(kept, options.terms(), store, longContents);
            runs.begin(live, new PendingStart(source, asked, false, deadline), ticket, pidDue);
            return new Begun(pending.id(), live, wantsAgentAtOnce, atOnce);
        } catch (RuntimeException | Error e) {
            ticket.close();
            throw e;
        }
    }

    private static Begun begunBefore(Insertion.Known known, @Nullable IdempotencyKey key) {
        if (!known.key().equals(key)) {
            throw new BellhopException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "Cannot use this Idempotency-Key because another request was sent with it; take a new one");
        }
        return new Begun(known.id(), null, false, false);
    }

    private Execution pending(VmId vm, ExecutionRequest request) {
        // Says what is wrong with it before anything is stored.
        GuestCommand.of(request.spec(), request.startOptions());
        Execution pending = Execution.pending(ids.next(), vm, request.spec(), clock.instant());
        Duration within = request.approvalWithin();
        return within == null
                ? pending
                : pending.withApproval(Approval.until(pending.createdAt().plus(within)));
    }

    /** What is stored of the guest being asked, where that is next; stored with the execution, it costs no write more. */
    private @Nullable StartIntent asked(Execution pending, StartOptions options, Admission.Ticket ticket) {
        if (!ticket.isAdmitted() || options.deliveryTimeout().isPositive()) {
            return null;
        }
        Guest guest = guests.of(pending.vm());
        ExecutionMode mode = guest.expectedMode();
        return mode == null ? null : guest.intent(pending.id(), mode, pending.createdAt());
    }

    /**
     * The newest execution in a VM that the guest called by this pid.
     *
     * @param tenants who may have started it
     * @param longestWait how long to wait for its end, where it runs; zero to see it as it is
     */
    public Optional<ExecutionSnapshot> findByPid(VmId vm, long pid, TenantFilter tenants, Duration longestWait) {
        return executions.find(vm, pid, tenants, longestWait);
    }

    /**
     * One execution.
     *
     * @param longestWait how long to wait for its end, where it has not ended; zero to see it as it is
     */
    public Optional<ExecutionSnapshot> find(ExecutionId id, Duration longestWait) {
        return executions.find(id, longestWait);
    }

    /**
     * One execution as it is, if one of these tenants started it. Where it was not, finding that out takes as long as where
     * there is none.
     */
    public Optional<ExecutionSnapshot> findStartedUnder(TenantFilter tenants, ExecutionId id) {
        return executions.find(id, tenants, Duration.ZERO);
    }

    /**
     * The newest executions in a VM that were given a pid, newest first.
     *
     * @param tenants who may have started them
     */
    public List<Execution> recent(VmId vm, TenantFilter tenants, int limit) {
        return store.reader().recent(vm, tenants, limit);
    }

    /**
     * Executions that fit a filter, newest first; as {@link ExecutionReader#list}.
     *
     * @param before only older ones than this; absent to begin with the newest
     */
    public ExecutionReader.Page list(ExecutionFilter filter, @Nullable ExecutionId before, int limit) {
        return store.reader().list(filter, before, limit);
    }

    /** The same with all of its command, of which it may have the beginning. */
    public Execution whole(Execution execution) {
        return approvals.whole(execution);
    }

    /** Stored bytes of one stream: {@code limit} of them from an offset on, or fewer where the stored stream ends. */
    public byte[] output(ExecutionId id, OutputStreamName stream, long offset, int limit) {
        return store.reader().output(id, stream, offset, limit);
    }

    @Override
    public OptionalInt queuePlace(ExecutionId id) {
        return runs.queuePlace(id);
    }

    /**
     * Waits for something new of an execution: its state or its output.
     *
     * @return what there is; at once where that is more than was seen or the execution has ended, else after {@code longest} at
     *     the latest
     */
    public Seen await(ExecutionId id, Seen seen, Duration longest) throws InterruptedException {
        LiveExecution live = executions.live(id);
        return live == null
                ? new Seen(store.reader().revision(id).orElse(seen.revision()), seen.passed())
                : live.await(seen, longest);
    }

    /** For somebody who follows an execution, to have also what it writes beyond what is kept; empty where it has ended. */
    public Optional<OutputRelay.Reader> follow(ExecutionId id) {
        return Optional.ofNullable(executions.live(id))
                .map(live -> live.passing().reader());
    }

    /** What becomes of executions that need approval. */
    public Approvals approvals() {
        return approvals;
    }

    /** Deletes what nobody needs any more. */
    public ExecutionRetention retention() {
        return retention;
    }

    @Override
    public boolean cancel(ExecutionId id, Duration grace, Deadline deadline) {
        LiveExecution live = actions.live(id);
        ExecutionActions.requireNotDirect(live);
        return cancellations.cancel(live, grace, deadline);
    }

    @Override
    public void signal(ExecutionId id, int signal, Runnable check, Deadline deadline) {
        actions.signal(id, signal, check, deadline);
    }

    @Override
    public long writeStdin(ExecutionId id, StdinPiece piece, Runnable check, Deadline deadline) {
        return actions.writeStdin(id, piece, check, deadline);
    }

    @Override
    public void approve(ExecutionId id, String keyId, String digest, Deadline deadline) {
        approvals.approve(id, keyId, digest, deadline);
    }

    @Override
    public void reject(ExecutionId id, Deadline deadline) {
        approvals.reject(id, deadline);
    }

    @Override
    public void vmReassigned(VmId vm) {
        executions.all().stream().filter(live -> live.durable().vm().equals(vm)).forEach(LiveExecution::wake);
    }

    @Override
    public void savedCommandDeleted(Tenant tenant, String name) {
        executions.all().stream()
                .filter(live -> isRunOf(live.durable().spec(), tenant, name))
                .forEach(LiveExecution::wake);
    }

    private static boolean isRunOf(ExecutionSpec spec, Tenant tenant, String name) {
        return spec.saved() != null
                && spec.saved().name().equals(name)
                && spec.tenant().equals(tenant);
    }

    /**
     * Takes up what an earlier server left: follows what runs, starts what still waits, and finds out what became of what
     * may or may not have been started.
     */
    public void recover() {
        store.reader().newestId().ifPresent(ids::continueAfter);
        new Recovery(store, processes, longContents, admission, runs, cancellations).takeUpAll();
    }

    /** Stops following. What runs in guests runs on, and the next server takes it up. */
    @Override
    public void close() {
        shutdown.begin();
        cancellations.close();
        runs.close();
        waits.close();
    }
}
