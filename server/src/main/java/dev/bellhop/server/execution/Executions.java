// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.hypervisor.AgentTrouble;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
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

    private final ExecutionStore store;
    private final VmDirectory directory;
    private final Clock clock;
    private final ExecutionIds ids;
    private final Snapshots snapshots;
    private final ExecutionMetrics metrics;
    private final ResultRecorder recorder;
    private final ConcurrentMap<VmId, GuestProcesses> processes = new ConcurrentHashMap<>();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final ExecutorService followers = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("execution-", 0).factory());

    public Executions(ExecutionStore store, VmDirectory directory, Clock clock, ExecutionMetrics metrics) {
        this.store = store;
        this.directory = directory;
        this.clock = clock;
        this.ids = new ExecutionIds(clock);
        this.snapshots = new Snapshots(store);
        this.metrics = metrics;
        this.recorder = new ResultRecorder(store, stop);
        metrics.watchRunning(snapshots::running);
    }

    /**
     * Starts a command and returns once the guest has given a pid and both are durable; does not wait for its end.
     *
     * @throws BellhopException {@code INVALID_FIELD}: not a command an agent takes; {@code AGENT_UNAVAILABLE}: nothing was started; {@code START_UNCONFIRMED}: the agent did
     *     not say by the deadline whether it was; {@code STORE_UNAVAILABLE}
     */
    public Execution start(VirtualMachine vm, ExecutionRequest request, Deadline deadline) {
        ExecCommand command = GuestShell.command(request.command());
        Execution pending = Execution.pending(ids.next(), vm.id(), request, now());
        await(store.insert(pending));
        long pid;
        try {
            pid = processesOf(vm.id()).start(pending.id(), vm.agent(), command, deadline);
        } catch (GuestProcesses.NotReadyException e) {
            throw notStarted(vm, pending, e.trouble(), false);
        } catch (AgentException e) {
            throw notStarted(vm, pending, e, e.mayHaveActed());
        }
        Execution running = pending.started(pid, now());
        // Stored and followed at the same time: the store applies its writes in order, so the end cannot overtake the
        // start, and a short command's result is on its way to the disk while the pid still is.
        CompletableFuture<Void> recorded =
                store.update(running, List.of()).thenRun(() -> snapshots.started(running, pid));
        followers.execute(() -> follow(running, pid));
        metrics.started();
        await(recorded);
        return running;
    }

    /** The newest execution in a VM that the guest called by this pid. */
    public Optional<ExecutionSnapshot> findByPid(VmId vm, long pid) {
        return snapshots.find(vm, pid);
    }

    public Optional<Execution> find(ExecutionId id) {
        return store.find(id);
    }

    /** The newest executions in a VM that were given a pid, newest first. */
    public List<Execution> recent(VmId vm, int limit) {
        return store.recent(vm, limit);
    }

    /** Stored bytes of one stream: {@code limit} of them from an offset on, or fewer where the stored stream ends. */
    public byte[] output(ExecutionId id, OutputStreamName stream, long offset, int limit) {
        return store.output(id, stream, offset, limit);
    }

    /**
     * Takes up what an earlier server left: follows what runs, and gives an honest end to what may or may not have been
     * started. Returns once those ends are durable.
     */
    public void recover() {
        List<Execution> unfinished = store.unfinished();
        List<CompletableFuture<Void>> ends = unfinished.stream()
                .filter(execution -> execution.pid() == null)
                .map(execution ->
                        store.update(execution.ended(ExecutionState.LOST, Reason.SERVER_STOPPED, now()), List.of()))
                .toList();
        ends.forEach(Executions::await);
        int followed = 0;
        for (Execution execution : unfinished) {
            Long pid = execution.pid();
            if (pid != null) {
                processesOf(execution.vm()).adopt(execution.id(), pid);
                snapshots.started(execution, pid);
                followers.execute(() -> follow(execution, pid));
                followed++;
            }
        }
        if (!unfinished.isEmpty()) {
            log.info("Took up {} running executions; {} may not have been started and are lost", followed, ends.size());
        }
    }

    /** Deletes what finished before a time, in small steps that let other writers through; says how many. */
    public int deleteFinishedBefore(Instant time) {
        int step = 20;
        int total = 0;
        int deleted;
        do {
            deleted = await(store.deleteFinishedBefore(time, step));
            total += deleted;
        } while (deleted == step && stop.getCount() > 0);
        if (total > 0) {
            snapshots.forgetEnded();
        }
        return total;
    }

    /** Stops following. What runs in guests runs on, and the next server takes it up. */
    @Override
    public void close() {
        stop.countDown();
        followers.shutdown();
        try {
            if (!followers.awaitTermination(GOODBYE.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("Some guest agents did not answer in time; what they said last is not stored");
                followers.shutdownNow();
            }
        } catch (InterruptedException e) {
            followers.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private void follow(Execution running, long pid) {
        GuestProcesses guest = processesOf(running.vm());
        try {
            Optional<StatusPoller.Ending> ending = new StatusPoller(running, pid, directory, guest, stop).await();
            if (ending.isPresent()) {
                finish(running, pid, ending.get());
                guest.release(running.id(), pid);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.error("Cannot follow execution {} any more", running.id(), e);
        }
    }

    private void finish(Execution running, long pid, StatusPoller.Ending ending) throws InterruptedException {
        ExecutionSnapshot snapshot = switch (ending) {
            case StatusPoller.Ending.Exited(ExecStatus status) -> exited(running, status);
            case StatusPoller.Ending.Lost(Reason reason) -> lost(running, reason);
        };
        snapshots.ended(snapshot, pid);
        metrics.ended(snapshot.execution());
    }

    private ExecutionSnapshot exited(Execution running, ExecStatus status) throws InterruptedException {
        byte[] stdout = status.stdout();
        byte[] stderr = status.stderr();
        boolean truncated = status.stdoutTruncated() || status.stderrTruncated();
        OutputSize size = new OutputSize(stdout.length, stderr.length, truncated);
        Execution exited = running.exited(ExitStatus.of(status), size, now());
        recorder.record(running, exited, stdout, stderr);
        boolean small = size.total() <= ExecutionSnapshot.SMALL_OUTPUT;
        return new ExecutionSnapshot(exited, small ? stdout : null, small ? stderr : null);
    }

    private ExecutionSnapshot lost(Execution running, Reason reason) throws InterruptedException {
        Execution lost = running.ended(ExecutionState.LOST, reason, now());
        recorder.record(running, lost, new byte[0], new byte[0]);
        log.warn("Execution {} in VM {} is lost: {}", lost.id(), lost.vm(), reason.wireName());
        return ExecutionSnapshot.withoutOutput(lost);
    }

    private BellhopException notStarted(VirtualMachine vm, Execution pending, AgentException trouble, boolean unknown) {
        Execution end = unknown
                ? pending.ended(ExecutionState.LOST, Reason.START_UNCONFIRMED, now())
                : pending.ended(ExecutionState.REJECTED, rejection(trouble), now());
        await(store.update(end, List.of()));
        metrics.ended(end);
        String why = AgentTrouble.describe(vm, trouble);
        return unknown
                ? new BellhopException(
                        ErrorCode.START_UNCONFIRMED,
                        "Cannot tell whether the command was started in VM " + vm.id() + " because " + why,
                        trouble)
                : new BellhopException(
                        ErrorCode.AGENT_UNAVAILABLE,
                        "Cannot run a command in VM " + vm.id() + " because " + why,
                        trouble);
    }

    private static Reason rejection(AgentException trouble) {
        return trouble instanceof AgentErrorException ? Reason.AGENT_REFUSED : Reason.AGENT_UNAVAILABLE;
    }

    private GuestProcesses processesOf(VmId vm) {
        return processes.computeIfAbsent(vm, id -> new GuestProcesses());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static <T> T await(CompletableFuture<T> write) {
        try {
            return write.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof BellhopException failure) {
                throw failure;
            }
            throw e;
        }
    }
}
