// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.execution.follow.GuestProcessFactory;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.guest.Guests;
import dev.bellhop.server.execution.guest.StartOptionsLoader;
import dev.bellhop.server.execution.script.GuestCommand;
import dev.bellhop.server.execution.store.ExecutionIntake.Insertion;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.limit.HeapShare;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
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
    /** How long a pid waits for its command's end, to be stored with it, where somebody waits for the pid. */
    private static final Duration PID_AT_ONCE = Duration.ofMillis(1);

    /** Likewise where everybody waits for the end. */
    private static final Duration PID_SOON = Duration.ofMillis(20);

    private final ExecutionStore store;
    private final ExecutionIds ids;
    private final LiveExecutions executions;
    private final Admission admission;
    private final Shutdown shutdown = new Shutdown();
    private final Clock clock;
    private final Guests guests;
    private final GuestProcessFactory processes;
    private final FairLimit longContents = new FairLimit(HeapShare.LONG_CONTENTS.bytes());
    private final ExecutionRuns runs;
    private final ExecutionInserter inserter;
    private final ExecutionActions actions;
    private final Cancellations cancellations;
    private final Approvals approvals;
    private final ExecutionRetention retention;
    private final CoarseTimer waits = new CoarseTimer();
    private final StartWait starts = new StartWait(waits, shutdown);
    private final StoredStarts stored;

    /**
     * An engine that runs nothing before {@link #recover}.
     *
     * @param streams into guests, over which commands are started where one is open
     * @param mayStart asked before each start and approval
     */
    public ExecutionEngine(
            ExecutionStore store,
            VmDirectory directory,
            OpenStreams streams,
            AgentHealth health,
            ExecutionSettings settings,
            Clock clock,
            ExecutionMetrics metrics,
            StartCheck mayStart) {
        this.store = store;
        this.admission = new Admission(settings.limits(), new FairLimit(HeapShare.COMMANDS.bytes()));
        this.ids = new ExecutionIds(clock);
        this.executions = new LiveExecutions(store.reader(), store.journal());
        // As it is stored.
        this.clock = Clock.tick(clock, Duration.ofMillis(1));
        this.guests = new Guests(directory, streams, settings.guests(), store.journal(), ids, shutdown::hasBegun);
        this.processes = new GuestProcessFactory(
                guests, settings.guests(), store.intake().quota(), this.clock);
        var recorder = new ResultRecorder(store.intake(), store.journal(), shutdown);
        var services = new StartServices(
                store.journal(), guests, processes, health, mayStart, shutdown, this.clock, System::nanoTime);
        this.runs = new ExecutionRuns(executions, recorder, metrics, services);
        this.inserter = new ExecutionInserter(store.intake(), runs, this.clock);
        this.actions = new ExecutionActions(executions, guests, health);
        this.cancellations = new Cancellations(recorder, guests, shutdown);
        this.approvals = new Approvals(store.reader(), store.intake(), executions, mayStart, this.clock);
        this.retention = new ExecutionRetention(store.intake(), executions::forgetEnded, shutdown::hasBegun);
        this.stored = new StoredStarts(
                executions,
                store.journal(),
                longContents,
                admission,
                runs,
                cancellations,
                recovery(),
                starts,
                this.clock);
        metrics.watch(executions, admission, this.clock);
    }

    /** The guests that commands run in, for what else is done there by the same agents. */
    public Guests guests() {
        return guests;
    }

    private Recovery recovery() {
        return new Recovery(store.journal(), processes, longContents, admission, runs, cancellations, clock);
    }

    /** As {@link dev.bellhop.server.guest.GuestScriptRunner#run}: in turn with what executions ask of the same agent. */
    public ExecStatus script(VmId id, ExecCommand command, Deadline deadline) throws AgentException {
        return guests.of(id).script(vm(id).agent(), command, deadline);
    }

    private VirtualMachine vm(VmId id) {
        return guests.vm(id).orElseThrow(() -> new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM " + id));
    }

    /**
     * This process is about to freeze file systems of a VM's guest, where a command that comes now would wait for the thaw.
     *
     * @return to be run once it is known whether they are frozen
     */
    public Runnable freezing(VmId id) {
        return guests.of(id).freezing();
    }

    /** Whether commands in a VM run supervised; finds it out where it is not known. Throws {@code NOT_FOUND}. */
    public boolean isSupervised(VmId id, Deadline deadline) throws AgentException {
        return guests.of(id).mode(vm(id).agent(), deadline) == ExecutionMode.SUPERVISED;
    }

    @Override
    public void awaitRoom(Tenant tenant) {
        try {
            store.intake().quota().awaitRoom(tenant);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public StartHandle start(
            VmId vm, ExecutionRequest request, @Nullable IdempotencyKey key, Duration wait, Deadline start) {
        Execution pending = pending(vm, request);
        if (key != null) {
            // Before it is asked whether there is room: what is known takes none.
            Optional<Insertion.Known> earlier = store.intake().known(key.keyId(), key.name());
            if (earlier.isPresent()) {
                return replayed(earlier.get(), key);
            }
        }
        Admission.Ticket ticket = pending.approval() == null
                ? admission.enter(vm, request.spec())
                : admission.waitOutside(vm, request.spec());
        try {
            StartOptions options = request.startOptions();
            StartIntent intent = intent(pending, options, ticket);
            if (inserter.insert(pending, options, intent, key, start) instanceof Insertion.Known known) {
                // Another request with the key was faster.
                ticket.close();
                return replayed(known, key);
            }
            // What is long stays in the store from here on: it may wait for days.
            Execution kept = pending.shortened();
            LiveExecution live = new LiveExecution(kept, 1, options.stdinFollows(), false, clock);
            boolean wantsAgentAtOnce = options.deliveryTimeout().isZero();
            boolean atOnce = ticket.isAdmitted() && wantsAgentAtOnce;
            StartOptionsLoader source = atOnce
                    ? StartOptionsLoader.ofStartAtOnce(kept, options, store.journal(), longContents)
                    : new StartOptionsLoader(kept, options.terms(), null, store.journal(), longContents);
            runs.begin(
                    live,
                    new PendingStart(source, intent, false, start),
                    ticket,
                    wait.isZero() ? PID_AT_ONCE : PID_SOON);
            return new LocalStart(pending.id(), live, wantsAgentAtOnce, atOnce, executions, starts);
        } catch (RuntimeException | Error e) {
            ticket.close();
            throw e;
        }
    }

    private StartHandle replayed(Insertion.Known known, @Nullable IdempotencyKey key) {
        if (!known.key().equals(key)) {
            throw new BellhopException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "Cannot use this Idempotency-Key because another request was sent with it; take a new one");
        }
        return new LocalStart(known.id(), null, false, false, executions, starts);
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

    /** Absent where the guest is not asked next. Stored with the execution, it costs no further write. */
    private @Nullable StartIntent intent(Execution pending, StartOptions options, Admission.Ticket ticket) {
        return !ticket.isAdmitted() || options.deliveryTimeout().isPositive()
                ? null
                : expectedIntent(pending.vm(), pending.id()).orElse(null);
    }

    /** What is stored before the guest is asked to start this, at this moment; empty where it is not known how it will be asked. */
    public Optional<StartIntent> expectedIntent(VmId vm, ExecutionId id) {
        Guest guest = guests.of(vm);
        ExecutionMode mode = guest.expectedMode();
        return mode == null ? Optional.empty() : Optional.of(guest.intent(id, mode, clock.instant()));
    }

    public ExecutionLookup executions() {
        return executions;
    }

    @Override
    public OptionalInt queuePlace(ExecutionId id) {
        return runs.queuePlace(id);
    }

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
        recovery().takeUpAll();
    }

    /**
     * Has an execution started that another process has stored a moment ago. One that runs here already is not started again.
     *
     * @param options with what it is started; absent where that is read from the store
     * @param endAwaited whether its caller waits for its end, so that its pid may be stored with that
     * @param start by when the agent has to have started it, where it has no delivery timeout
     * @throws BellhopException {@code TOO_MANY_EXECUTIONS}: it is not started; {@code EXECUTION_ENDED} where it has ended here
     */
    public StartHandle order(Unfinished left, @Nullable StartOptions options, boolean endAwaited, Deadline start) {
        return stored.order(left, options, endAwaited ? PID_SOON : PID_AT_ONCE, start);
    }

    /**
     * Takes up those that this process does not know of, as {@link #recover}; and does with those that it knows what callers want of
     * them meanwhile.
     *
     * @param unfinished as they are stored, oldest first
     */
    public void takeUp(List<Unfinished> unfinished) {
        stored.takeUp(unfinished);
    }

    /** An approval is stored. */
    public void approved(ExecutionId id, Approval given, long revision) {
        stored.approved(executions.live(id), given, revision);
    }

    /** Another process has a VM by now: its commands go on, and this one neither follows them nor stores anything of them. */
    public void letGo(VmId vm) {
        stored.letGo(vm);
    }

    /** Whether one is under way or waits here. */
    public boolean isUnderWay(ExecutionId id) {
        return executions.live(id) != null;
    }

    /** How many executions are under way or wait. */
    public int unfinished() {
        return executions.size();
    }

    /** How many of them wait for approval or for their turn. */
    public int waiting() {
        return runs.waiting();
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
