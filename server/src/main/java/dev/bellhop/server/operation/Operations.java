// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.NotHeldException;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.hypervisor.VmPower;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Switches VMs on and off, one operation per VM at a time. An operation is stored before anything is done, and each of
 * its steps before it is taken; a restarted server resumes the operations that another has left. Thread safe. Call
 * {@link #recover()} once before anything else.
 */
public final class Operations implements OperationLookup, MeterBinder, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Operations.class);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    /** Some hypervisors discover their VMs a moment after the server has started. */
    private static final Duration FIND_INTERVAL = Duration.ofMillis(500);

    /** By then, an order in transit has arrived. */
    private static final Duration ORDER_ARRIVES = Duration.ofSeconds(3);

    private static final String NO_POWER = "its hypervisor has no power switch for it";

    private final OperationStore store;
    private final VmDirectory directory;
    private final AgentHealth health;
    private final OperationSettings settings;
    private final Clock clock;
    private final Predicate<Operation> mayGoOn;
    private final ConcurrentMap<VmId, LiveOperation> byVm = new ConcurrentHashMap<>();
    private final ConcurrentMap<OperationId, LiveOperation> byId = new ConcurrentHashMap<>();
    /** Stored operations that are unknown here, and {@link System#nanoTime} of when they were first seen. */
    private final ConcurrentMap<OperationId, Long> firstSeen = new ConcurrentHashMap<>();

    private final LongAdder completed = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("operation-", 0).factory());

    /** @param mayGoOn called before each step: VMs can change their owners in the meantime */
    public Operations(
            OperationStore store,
            VmDirectory directory,
            AgentHealth health,
            OperationSettings settings,
            Clock clock,
            Predicate<Operation> mayGoOn) {
        this.store = store;
        this.directory = directory;
        this.health = health;
        this.settings = settings;
        this.clock = clock;
        this.mayGoOn = mayGoOn;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("bellhop.operations.running", byId::size)
                .description("Operations on VMs, such as a restart, that have not ended")
                .register(registry);
        Gauge.builder("bellhop.operations.oldest.age", this::oldestAge)
                .description("How long ago the oldest operation began that has not ended; 0 if there is none")
                .baseUnit("seconds")
                .register(registry);
        bindEnded(OperationState.COMPLETED, completed, registry);
        bindEnded(OperationState.FAILED, failed, registry);
    }

    private static void bindEnded(OperationState state, LongAdder count, MeterRegistry registry) {
        FunctionCounter.builder("bellhop.operations.ended", count, LongAdder::sum)
                .description("Operations on VMs by the state they ended in")
                .tag("state", state.wireName())
                .register(registry);
    }

    private double oldestAge() {
        return byId.values().stream()
                .map(live -> Duration.between(live.durable().createdAt(), clock.instant()))
                .max(Comparator.naturalOrder())
                .map(age -> Math.max(0, age.toMillis()) / 1_000.0)
                .orElse(0.0);
    }

    /**
     * The result of a request.
     *
     * @param replayed whether the operation is from an earlier request
     */
    public record Started(Operation operation, boolean replayed) {}

    /**
     * Starts an operation, and returns once it is stored. Returns an existing operation instead if one for the same
     * action under the same account is in progress, or if the key has already used the same name.
     *
     * @throws BellhopException {@code NOT_SUPPORTED}, {@code VM_STATE_UNKNOWN}, {@code OPERATION_UNDER_WAY}, {@code
     *     IDEMPOTENCY_KEY_REUSED} or {@code STORE_UNAVAILABLE}: nothing was done; {@code START_UNCONFIRMED}: it may be
     *     done, by the next server
     */
    public Started start(VirtualMachine vm, OperationRequest request) {
        Optional<Operation> named = named(request);
        if (named.isPresent()) {
            requireSame(named.get(), vm.id(), request);
            return new Started(named.get(), true);
        }
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        LiveOperation begun =
                new LiveOperation(Operation.waiting(OperationId.at(now.toEpochMilli()), vm.id(), request, now));
        LiveOperation other = place(vm, begun);
        if (other != null) {
            return underWay(other, request);
        }
        // Since the lookup, an operation of this name may have begun and ended.
        Optional<Operation> gone = namedSince(begun);
        if (gone.isPresent()) {
            return new Started(gone.get(), true);
        }
        insert(begun);
        begin(begun);
        return new Started(begun.durable(), false);
    }

    /**
     * Begins an operation that another process has stored a moment ago, and returns the id of the operation in
     * progress: an existing one with the same effect, if there is one.
     *
     * @throws BellhopException like {@link #start}
     */
    public OperationId order(Operation stored) {
        if (byId.containsKey(stored.id())) {
            return stored.id(); // The order arrived twice, or was found in the store before.
        }
        VirtualMachine vm = directory
                .find(stored.vm())
                .orElseThrow(() -> new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM " + stored.vm()));
        LiveOperation begun = new LiveOperation(stored);
        begun.stored().complete(null);
        LiveOperation other = place(vm, begun);
        if (other != null) {
            return underWay(other, stored.request()).operation().id();
        }
        byId.put(stored.id(), begun);
        begin(begun);
        return stored.id();
    }

    /** Reserves the VM for an operation. Returns the operation that already has the VM, if any. */
    private @Nullable LiveOperation place(VirtualMachine vm, LiveOperation begun) {
        OperationAction action = begun.durable().request().action();
        requireSwitches(vm, action);
        LiveOperation before = byVm.get(vm.id());
        if (before != null) {
            return before;
        }
        requireKnown(vm, action);
        return byVm.putIfAbsent(vm.id(), begun);
    }

    private void begin(LiveOperation begun) {
        try {
            threads.execute(() -> run(begun, false));
        } catch (RejectedExecutionException e) {
            // The server is stopping. The operation is stored, so the next server resumes it.
            leave(begun);
        }
    }

    private Optional<Operation> namedSince(LiveOperation begun) {
        Operation operation = begun.durable();
        try {
            Optional<Operation> gone = named(operation.request());
            gone.ifPresent(named -> requireSame(named, operation.vm(), operation.request()));
            if (gone.isPresent()) {
                letGo(
                        begun,
                        new BellhopException(
                                ErrorCode.STORE_UNAVAILABLE, "Cannot begin this just now; try again in a moment"));
            }
            return gone;
        } catch (RuntimeException e) {
            letGo(begun, e);
            throw e;
        }
    }

    /** @param why the error for callers that wait for it to be stored */
    private void letGo(LiveOperation begun, RuntimeException why) {
        byVm.remove(begun.durable().vm(), begun);
        begun.stored().completeExceptionally(why);
    }

    private void insert(LiveOperation begun) {
        Operation operation = begun.durable();
        try {
            if (stop.getCount() == 0) {
                throw new BellhopException(
                        ErrorCode.SHUTTING_DOWN, "Cannot begin this because the server is shutting down");
            }
            if (!StoredOperations.insert(store, operation, clock)) {
                throw new BellhopException(
                        ErrorCode.STORE_UNAVAILABLE,
                        "Cannot begin this just now because another request of this Idempotency-Key is; try again in a moment");
            }
        } catch (RuntimeException e) {
            letGo(begun, e);
            throw e;
        }
        byId.put(operation.id(), begun);
        begun.stored().complete(null);
    }

    private Optional<Operation> named(OperationRequest request) {
        String name = request.idempotencyName();
        return name == null
                ? Optional.empty()
                : store.named(request.keyId(), name)
                        .map(operation -> find(operation.id(), Duration.ZERO).orElse(operation));
    }

    /**
     * Refuses a request under a name that belongs to a different request.
     *
     * @throws BellhopException {@code IDEMPOTENCY_KEY_REUSED}
     */
    public static void requireSame(Operation earlier, VmId vm, OperationRequest request) {
        if (!earlier.vm().equals(vm) || !earlier.request().says(request)) {
            throw new BellhopException(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "Cannot use this Idempotency-Key because it stands for another request; take a new one");
        }
    }

    private static void requireSwitches(VirtualMachine vm, OperationAction action) {
        VmPower power = vm.power().orElseThrow(() -> cannot(ErrorCode.NOT_SUPPORTED, action, vm.id(), NO_POWER));
        for (VmPower.Switch needed : action.needs()) {
            power.missing(needed).ifPresent(why -> {
                throw cannot(ErrorCode.NOT_SUPPORTED, action, vm.id(), why);
            });
        }
    }

    /**
     * Requires that the VM's state is known, because the action depends on it: a running VM that seems stopped would be
     * started a second time.
     */
    private void requireKnown(VirtualMachine vm, OperationAction action) {
        VmState now = vm.state(Deadline.after(settings.call()));
        if (now.power() == PowerState.UNKNOWN) {
            throw cannot(ErrorCode.VM_STATE_UNKNOWN, action, vm.id(), PowerWork.unknown(now));
        }
    }

    private static BellhopException cannot(ErrorCode code, OperationAction action, VmId vm, String why) {
        return new BellhopException(code, "Cannot " + action.words() + " VM " + vm + " because " + why);
    }

    private Started underWay(LiveOperation other, OperationRequest request) {
        OperationRequest theirs = other.durable().request();
        boolean own = theirs.tenant().equals(request.tenant());
        String name = request.idempotencyName();
        // A repetition under this name is compared with the other operation.
        if (own && (name == null ? theirs.hasEffectOf(request) : theirs.says(request))) {
            Writes.await(other.stored());
            if (name != null && !theirs.isNamed(request.keyId(), name)) {
                if (!other.takeName()) {
                    throw new BellhopException(
                            ErrorCode.TOO_MANY_REQUESTS,
                            "Cannot take one more Idempotency-Key for this operation because many requests have asked for it"
                                    + " with others; look for it in the VM's operations");
                }
                // Otherwise a caller who misses this answer and retries would repeat the action.
                Writes.await(store.name(other.durable().id(), request.keyId(), name));
            }
            return new Started(other.durable(), true);
        }
        throw cannot(
                ErrorCode.OPERATION_UNDER_WAY,
                request.action(),
                other.durable().vm(),
                (own ? "another operation, " + theirs.action().wireName() + "," : "another operation")
                        + " is under way; wait for its end");
    }

    private void run(LiveOperation live, boolean takenUp) {
        OperationProgress steps = new OperationProgress(live, store, clock, mayGoOn, stop);
        try {
            work(live, steps, takenUp);
        } catch (OperationProgress.Stopped | NotHeldException e) {
            // The next server resumes it, or the process that now has the VM.
        } finally {
            leave(live);
        }
    }

    private void leave(LiveOperation live) {
        Operation operation = live.durable();
        byId.remove(operation.id(), live);
        byVm.remove(operation.vm(), live);
        live.letGo();
    }

    private void work(LiveOperation live, OperationProgress steps, boolean takenUp) {
        String failure = null;
        try {
            VirtualMachine vm = find(live.durable().vm(), steps);
            VmPower power = vm.power().orElseThrow(() -> new OperationFailedException(NO_POWER));
            if (live.durable().request().action() == OperationAction.REBOOT) {
                RebootWork work = new RebootWork(vm, power, health, settings, steps);
                if (takenUp) {
                    work.takeUp();
                } else {
                    work.begin();
                }
            } else {
                PowerWork work = new PowerWork(vm, power, health, settings, steps);
                if (takenUp) {
                    work.takeUp();
                } else {
                    work.begin();
                }
            }
        } catch (OperationFailedException e) {
            failure = String.valueOf(e.getMessage());
        } catch (OperationProgress.Stopped | NotHeldException e) {
            throw e;
        } catch (RuntimeException e) {
            log.error("{} failed", live.durable(), e);
            failure = "of a fault in Bellhop; its log tells more";
        }
        if (failure == null) {
            steps.completed();
            completed.increment();
        } else if (!steps.isStopping()) {
            // While the server stops, calls end early, and their results are meaningless.
            steps.failed(failure);
            failed.increment();
        }
    }

    private VirtualMachine find(VmId id, OperationProgress steps) throws OperationFailedException {
        long begun = System.nanoTime();
        while (true) {
            Optional<VirtualMachine> found = directory.find(id);
            if (found.isPresent()) {
                return found.get();
            }
            if (System.nanoTime() - begun > settings.change().toNanos()) {
                throw new OperationFailedException(
                        "the server does not find it now; a VM of a pattern of sockets may just be off");
            }
            steps.pause(FIND_INTERVAL);
        }
    }

    @Override
    public Optional<Operation> find(OperationId id, Duration longestWait) {
        LiveOperation live = byId.get(id);
        return live == null ? store.find(id) : Optional.of(live.await(longestWait));
    }

    @Override
    public OperationPage list(OperationFilter filter, @Nullable OperationId before, int limit) {
        return store.list(filter, before, limit);
    }

    public void recover() {
        int taken = (int) store.unfinished().stream().filter(this::takeUp).count();
        if (taken > 0) {
            log.info("Took up {} operations", taken);
        }
    }

    /**
     * Resumes operations that this process does not know. Skips an operation if its VM has another one in progress, or
     * if it may be ordered at this moment.
     *
     * @param unfinished as stored
     * @return how many it has resumed
     */
    public int takeUp(List<Operation> unfinished) {
        firstSeen.keySet().retainAll(unfinished.stream().map(Operation::id).toList());
        return (int)
                unfinished.stream().filter(this::isDue).filter(this::takeUp).count();
    }

    private boolean isDue(Operation found) {
        long now = System.nanoTime();
        Long before = firstSeen.putIfAbsent(found.id(), now);
        boolean hasWaited = before != null && now - before > ORDER_ARRIVES.toNanos();
        return hasWaited || !found.steps().isEmpty();
    }

    private boolean takeUp(Operation operation) {
        LiveOperation live = new LiveOperation(operation);
        live.stored().complete(null);
        if (byVm.putIfAbsent(operation.vm(), live) != null) {
            return false;
        }
        byId.put(operation.id(), live);
        threads.execute(() -> run(live, true));
        return true;
    }

    /** Releases a VM: another process now has it, and continues its operations. */
    public void letGo(VmId vm) {
        LiveOperation live = byVm.get(vm);
        if (live != null) {
            live.abandon();
        }
    }

    /** Leaves unfinished operations for the next server. */
    @Override
    public void close() {
        stop.countDown();
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                log.warn("Some operations did not stop in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
