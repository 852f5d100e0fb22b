// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The executions that readers ask for most: those that run, and those that ended a while ago, by the process they are
 * or were. Only what is durable comes in here. The newest execution with a pid always wins over an older one, in
 * whatever order the two arrive. Thread safe.
 */
final class Snapshots {
    private static final int CACHED_BYTES = 16 << 20;

    /** Bounds how long a result that retention has deleted can still be seen. */
    private static final Duration KEPT = Duration.ofMinutes(10);

    private record GuestProcess(VmId vm, long pid) {}

    /** An execution that runs, and what it will be once it has ended and that is durable. */
    private record Running(Execution execution, CompletableFuture<ExecutionSnapshot> end) {
        static Running newer(Running a, Running b) {
            return a.execution.id().compareTo(b.execution.id()) > 0 ? a : b;
        }
    }

    private final ExecutionStore store;
    private final ConcurrentMap<GuestProcess, Running> running = new ConcurrentHashMap<>();
    private final Cache<GuestProcess, ExecutionSnapshot> ended = Caffeine.newBuilder()
            .maximumWeight(CACHED_BYTES)
            .weigher((GuestProcess process, ExecutionSnapshot snapshot) -> snapshot.weight())
            .expireAfterWrite(KEPT)
            // Its housekeeping takes less time than handing it to another thread.
            .executor(Runnable::run)
            .build();

    Snapshots(ExecutionStore store) {
        this.store = store;
    }

    /** The newest execution in a VM that has or had this pid; where it runs, as it is after it has been waited for. */
    Optional<ExecutionSnapshot> find(VmId vm, long pid, Duration longestWait) {
        GuestProcess process = new GuestProcess(vm, pid);
        Running current = running.get(process);
        if (current != null) {
            return Optional.of(await(current, longestWait));
        }
        ExecutionSnapshot cached = ended.getIfPresent(process);
        if (cached != null) {
            return Optional.of(cached);
        }
        Optional<ExecutionSnapshot> stored = store.findNewest(vm, pid).map(this::load);
        stored.filter(snapshot -> snapshot.execution().state().isFinal()).ifPresent(found -> keep(process, found));
        return stored;
    }

    void started(Execution execution, long pid) {
        Running started = new Running(execution, new CompletableFuture<>());
        running.merge(new GuestProcess(execution.vm(), pid), started, Running::newer);
    }

    void ended(ExecutionSnapshot snapshot, long pid) {
        Execution execution = snapshot.execution();
        GuestProcess process = new GuestProcess(execution.vm(), pid);
        if (execution.reason() != Reason.PID_REUSED) {
            keep(process, snapshot);
        }
        running.computeIfPresent(process, (p, current) -> {
            if (!current.execution.id().equals(execution.id())) {
                return current;
            }
            current.end.complete(snapshot);
            return null;
        });
    }

    int running() {
        return running.size();
    }

    /** Forgets everything that has ended, after some of it was deleted from the store. */
    void forgetEnded() {
        ended.invalidateAll();
    }

    private void keep(GuestProcess process, ExecutionSnapshot snapshot) {
        ended.asMap()
                .merge(
                        process,
                        snapshot,
                        (a, b) -> a.execution().id().compareTo(b.execution().id()) > 0 ? a : b);
    }

    private ExecutionSnapshot load(Execution execution) {
        OutputSize size = execution.output();
        if (size.total() > ExecutionSnapshot.SMALL_OUTPUT) {
            return new ExecutionSnapshot(execution, null, null);
        }
        return new ExecutionSnapshot(
                execution,
                whole(execution, OutputStreamName.STDOUT, size.stdoutBytes()),
                whole(execution, OutputStreamName.STDERR, size.stderrBytes()));
    }

    private byte[] whole(Execution execution, OutputStreamName stream, long bytes) {
        return bytes == 0 ? new byte[0] : store.output(execution.id(), stream, 0, (int) bytes);
    }

    private static ExecutionSnapshot await(Running current, Duration longest) {
        try {
            return longest.isZero()
                    ? ExecutionSnapshot.withoutOutput(current.execution)
                    : current.end.get(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return ExecutionSnapshot.withoutOutput(current.execution);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExecutionSnapshot.withoutOutput(current.execution);
        } catch (ExecutionException e) {
            throw new IllegalStateException("an end is completed with what it is, never with a failure", e);
        }
    }
}
