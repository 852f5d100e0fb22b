// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.hypervisor.AgentTrouble;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
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

    private final ExecutionStore store;
    private final Clock clock;
    private final ExecutionIds ids;
    private final Snapshots snapshots;
    private final ExecutionMetrics metrics;
    private final Followers followers;

    public Executions(ExecutionStore store, VmDirectory directory, Clock clock, ExecutionMetrics metrics) {
        this.store = store;
        this.clock = clock;
        this.ids = new ExecutionIds(clock);
        this.snapshots = new Snapshots(store);
        this.metrics = metrics;
        this.followers = new Followers(store, directory, snapshots, metrics, clock);
        metrics.watchRunning(snapshots::running);
    }

    /**
     * Starts a command and returns once the guest has given a pid and both are durable; does not wait for its end.
     *
     * @throws BellhopException {@code INVALID_FIELD}, {@code AGENT_UNAVAILABLE} or {@code STORE_UNAVAILABLE}: nothing was
     *     started; {@code START_UNCONFIRMED}: it may have been, and will not be again
     */
    public Execution start(VirtualMachine vm, ExecutionRequest request, Deadline deadline) {
        ExecCommand command = GuestShell.command(request.command());
        Execution pending = Execution.pending(ids.next(), vm.id(), request, now());
        insert(pending, deadline);
        long pid = startInGuest(vm, pending, command, deadline);
        Execution running = pending.started(pid, now());
        CompletableFuture<Void> recorded = followers.followFromStart(running, pid);
        metrics.started();
        try {
            Writes.await(recorded, deadline.remaining());
        } catch (BellhopException e) {
            throw new BellhopException(
                    ErrorCode.START_UNCONFIRMED,
                    "Cannot tell the pid of the command because it could not be stored; the command was started in VM "
                            + vm.id(),
                    e);
        }
        return running;
    }

    private void insert(Execution pending, Deadline deadline) {
        CompletableFuture<Void> inserted = store.insert(pending);
        try {
            Writes.await(inserted, deadline.remaining());
        } catch (BellhopException e) {
            if (!inserted.isCompletedExceptionally()) {
                // It may yet be stored, after its caller has been told that it was not.
                followers.endWithoutStart(pending.ended(ExecutionState.REJECTED, Reason.STORE_UNAVAILABLE, now()));
            }
            throw e;
        }
    }

    private long startInGuest(VirtualMachine vm, Execution pending, ExecCommand command, Deadline deadline) {
        try {
            return followers.processesOf(vm.id()).start(pending.id(), vm.agent(), command, deadline);
        } catch (GuestProcesses.NotReadyException e) {
            throw notStarted(vm, pending, e.trouble(), false);
        } catch (AgentException e) {
            throw notStarted(vm, pending, e, e.mayHaveActed());
        } catch (RuntimeException | Error e) {
            followers.endWithoutStart(pending.ended(ExecutionState.LOST, Reason.SERVER_FAULT, now()));
            throw e;
        }
    }

    /**
     * The newest execution in a VM that the guest called by this pid.
     *
     * @param longestWait how long to wait for its end, where it runs; zero to see it as it is
     */
    public Optional<ExecutionSnapshot> findByPid(VmId vm, long pid, Duration longestWait) {
        return snapshots.find(vm, pid, longestWait);
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
        store.newestId().ifPresent(ids::continueAfter);
        List<Execution> unfinished = store.unfinished();
        List<CompletableFuture<Void>> ends = unfinished.stream()
                .filter(execution -> execution.pid() == null)
                .map(execution ->
                        store.update(execution.ended(ExecutionState.LOST, Reason.SERVER_STOPPED, now()), List.of()))
                .toList();
        ends.forEach(Writes::await);
        int followed = 0;
        for (Execution execution : unfinished) {
            Long pid = execution.pid();
            if (pid != null) {
                followers.processesOf(execution.vm()).adopt(execution.id(), pid);
                snapshots.started(execution, pid);
                followers.follow(execution, pid);
                followed++;
            }
        }
        if (!unfinished.isEmpty()) {
            log.info("Took up {} running executions; {} may not have been started and are lost", followed, ends.size());
        }
    }

    /** Deletes what finished before a time, in small steps that let other writers through; says how many. */
    public int deleteFinishedBefore(Instant time) {
        int total = 0;
        int deleted;
        do {
            deleted = Writes.await(store.deleteFinishedBefore(time));
            total += deleted;
        } while (deleted > 0 && !followers.isStopping());
        if (total > 0) {
            snapshots.forgetEnded();
        }
        return total;
    }

    /** Stops following. What runs in guests runs on, and the next server takes it up. */
    @Override
    public void close() {
        followers.close();
    }

    private BellhopException notStarted(VirtualMachine vm, Execution pending, AgentException trouble, boolean unknown) {
        followers.endWithoutStart(
                unknown
                        ? pending.ended(ExecutionState.LOST, Reason.START_UNCONFIRMED, now())
                        : pending.ended(ExecutionState.REJECTED, rejection(trouble), now()));
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

    private Instant now() {
        return Followers.now(clock);
    }
}
