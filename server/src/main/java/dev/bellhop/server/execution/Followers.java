// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes executions to their ends: one virtual thread for each that runs, from its pid to the moment its result is
 * durable and shown. Thread safe.
 */
final class Followers implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Followers.class);
    private static final Duration GOODBYE = Duration.ofSeconds(10);

    /** How long a pid waits for its command's end, to be stored with it; its caller waits as long. */
    private static final Duration AT_ONCE = Duration.ofMillis(1);

    private static final byte[] NOTHING = {};

    private final ExecutionStore store;
    private final VmDirectory directory;
    private final Snapshots snapshots;
    private final ExecutionMetrics metrics;
    private final Clock clock;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final ResultRecorder recorder;
    private final ReplyBudget budget = ReplyBudget.shared();
    private final ConcurrentMap<VmId, GuestProcesses> processes = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("execution-", 0).factory());

    Followers(ExecutionStore store, VmDirectory directory, Snapshots snapshots, ExecutionMetrics metrics, Clock clock) {
        this.store = store;
        this.directory = directory;
        this.snapshots = snapshots;
        this.metrics = metrics;
        this.clock = clock;
        this.recorder = new ResultRecorder(store, stop);
    }

    /** The processes of a VM; the same object each time. */
    GuestProcesses processesOf(VmId vm) {
        return processes.computeIfAbsent(vm, id -> new GuestProcesses());
    }

    /** Follows an execution whose pid is stored, and which its VM's {@link GuestProcesses} know of already. */
    void follow(Execution running, long pid) {
        FirstRecord stored = FirstRecord.done(store, snapshots, running, pid);
        threads.execute(() -> run(running, pid, stored));
    }

    /**
     * Follows an execution that has just been given its pid, and stores that: together with its end, where that is known
     * at once, as it is of most commands.
     *
     * @return complete when the pid is durable
     */
    CompletableFuture<Void> followFromStart(Execution running, long pid) {
        FirstRecord first = new FirstRecord(store, snapshots, running, pid);
        try {
            threads.execute(() -> run(running, pid, first));
            first.await(AT_ONCE);
        } finally {
            first.storePid();
        }
        return first.durable();
    }

    boolean isStopping() {
        return stop.getCount() == 0;
    }

    /** Times as they are stored: whole milliseconds. */
    static Instant now(Clock clock) {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /** Lets each finish the call it is in, since the agent may be telling a result. */
    @Override
    public void close() {
        stop.countDown();
        threads.shutdown();
        try {
            if (!threads.awaitTermination(GOODBYE.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("Some guest agents did not answer in time; what they said last is not stored");
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /** Stores the end of an execution without a pid. Nobody waits for it: the caller's answer is the same either way. */
    void endWithoutStart(Execution end) {
        threads.execute(() -> {
            try {
                recorder.record(end, end, NOTHING, NOTHING);
                metrics.ended(end);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void run(Execution running, long pid, FirstRecord first) {
        GuestProcesses guest = processesOf(running.vm());
        // What is read counts against the budget until it is stored: agents talk faster than disks write.
        try (ReplyBudget.Share share = budget.newShare()) {
            Optional<StatusPoller.Ending> ending = new StatusPoller(
                            running, pid, directory, guest, share, stop, StatusPoller.STOPPED_FOR_GOOD)
                    .await();
            if (ending.isPresent()) {
                finish(running, pid, ending.get(), first);
                guest.release(running.id(), pid);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            log.error("Cannot follow execution {} any more", running.id(), e);
            giveUp(running, pid, first);
        }
    }

    private void giveUp(Execution running, long pid, FirstRecord first) {
        try {
            finish(running, pid, new StatusPoller.Ending.Lost(Reason.SERVER_FAULT), first);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        processesOf(running.vm()).release(running.id(), pid);
    }

    private void finish(Execution running, long pid, StatusPoller.Ending ending, FirstRecord first)
            throws InterruptedException {
        if (ending instanceof StatusPoller.Ending.Exited(ExecStatus status)
                && status.stdout().length + status.stderr().length <= ExecutionSnapshot.SMALL_OUTPUT) {
            first.leaveToEnd();
        }
        first.storePid();
        ExecutionSnapshot snapshot = switch (ending) {
            case StatusPoller.Ending.Exited(ExecStatus status) -> exited(running, status);
            case StatusPoller.Ending.Lost(Reason reason) -> lost(running, reason);
        };
        snapshots.ended(snapshot, pid);
        metrics.ended(snapshot.execution());
        first.endStored();
    }

    private ExecutionSnapshot exited(Execution running, ExecStatus status) throws InterruptedException {
        byte[] stdout = status.stdout();
        byte[] stderr = status.stderr();
        boolean truncated = status.stdoutTruncated() || status.stderrTruncated();
        OutputSize size = new OutputSize(stdout.length, stderr.length, truncated);
        Execution exited = running.exited(ExitStatus.of(status), size, now(clock));
        recorder.record(running, exited, stdout, stderr);
        boolean small = size.total() <= ExecutionSnapshot.SMALL_OUTPUT;
        return new ExecutionSnapshot(exited, small ? stdout : null, small ? stderr : null);
    }

    /** What an earlier server stored of its output before it died is kept. */
    private ExecutionSnapshot lost(Execution running, Reason reason) throws InterruptedException {
        OutputSize stored = store.outputSize(running.id());
        OutputSize size = new OutputSize(stored.stdoutBytes(), stored.stderrBytes(), stored.total() > 0);
        Execution lost = running.lost(reason, size, now(clock));
        recorder.record(running, lost, NOTHING, NOTHING);
        log.warn("Execution {} in VM {} is lost: {}", lost.id(), lost.vm(), reason.wireName());
        return size.total() == 0 ? ExecutionSnapshot.withoutOutput(lost) : new ExecutionSnapshot(lost, null, null);
    }
}
