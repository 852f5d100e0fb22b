// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.qga.Deadline;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls into libvirt, on two pools of platform threads: slow calls have their own pool, so they do not delay quick
 * ones. Thread safe.
 *
 * <p>Each thread has its own connection, because a daemon handles at most five calls at a time per connection. Threads
 * and their connections end after a minute without work.
 *
 * <p>A caller waits until its deadline. A call that has not begun by then never begins; a call in progress continues
 * until it returns, so callers must not make calls that hang without limit.
 */
final class LibvirtCalls implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LibvirtCalls.class);
    private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(1);

    private final String uri;
    private final ThreadPoolExecutor quick;
    private final ThreadPoolExecutor slow;

    @SuppressWarnings("ThreadLocalUsage") // Only this object uses the threads.
    private final ThreadLocal<@Nullable LibvirtConnection> connection = new ThreadLocal<>();

    private final Set<Call<?>> awaited = ConcurrentHashMap.newKeySet();

    LibvirtCalls(String name, String uri, int quickThreads, int slowThreads) {
        this.uri = uri;
        this.quick = pool(name, quickThreads);
        this.slow = pool(name + "-slow", slowThreads);
    }

    private ThreadPoolExecutor pool(String name, int threads) {
        ThreadFactory factory = Thread.ofPlatform().name(name).daemon().factory();
        HandoverQueue queue = new HandoverQueue();
        return new ThreadPoolExecutor(
                0,
                threads,
                IDLE_TIMEOUT.toSeconds(),
                TimeUnit.SECONDS,
                queue,
                work -> factory.newThread(() -> {
                    try {
                        work.run();
                    } finally {
                        disconnect();
                    }
                }),
                (call, pool) -> {
                    if (pool.isShutdown()) {
                        throw new RejectedExecutionException("closed");
                    }
                    queue.put(call);
                    // Since the pool was full, its last thread may have become idle and ended.
                    if (pool.getPoolSize() == 0 && queue.remove(call)) {
                        pool.execute(call);
                    }
                });
    }

    /**
     * Makes the pool prefer an idle thread to a new one, which would also open a connection. The pool starts a thread
     * if {@code offer} fails; once it has all its threads, its rejection handler queues the call.
     */
    private static final class HandoverQueue extends LinkedTransferQueue<Runnable> {
        private static final long serialVersionUID = 1;

        @Override
        public boolean offer(Runnable call) {
            return tryTransfer(call);
        }
    }

    /** Work on the connection's thread. */
    interface Task<T> {
        T run(LibvirtConnection connection) throws LibvirtException;

        /** Called when the call has ended or will never begin, even if its caller no longer waits. */
        default void ended() {}

        /** Holds the thread until the caller has read a large result. */
        default void awaitRelease() throws InterruptedException {}
    }

    /** A call gave no result. */
    static final class CallException extends Exception {
        private static final long serialVersionUID = 1;

        enum Why {
            /** The daemon is unreachable. The call has not begun. */
            UNREACHABLE,
            /** The deadline passed, or this was closed, before the call began. It never will. */
            NOT_BEGUN,
            /** The deadline passed during the call, or this was closed; the call continues. */
            LATE,
            /** The caller was interrupted; a call that has begun continues. */
            INTERRUPTED,
            /** Libvirt refused, or the connection broke during the call. */
            FAILED
        }

        final Why why;
        final @Nullable LibvirtException said;

        CallException(Why why, @Nullable LibvirtException said) {
            super(why.name(), said);
            this.why = why;
            this.said = said;
        }
    }

    /** Runs a task on a pool thread and waits for its result. */
    <T> T call(Task<T> task, boolean likelySlow, Deadline deadline) throws CallException {
        Call<T> call = new Call<>(task);
        ThreadPoolExecutor pool = likelySlow ? slow : quick;
        if (deadline.hasPassed()) {
            throw call.giveUp(CallException.Why.LATE);
        }
        awaited.add(call);
        try {
            pool.execute(call);
            return call.result.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException | TimeoutException e) {
            throw call.giveUp(CallException.Why.LATE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw call.giveUp(CallException.Why.INTERRUPTED);
        } catch (ExecutionException e) {
            throw (CallException) e.getCause();
        } finally {
            awaited.remove(call);
            boolean ignored = pool.remove(call);
        }
    }

    /** Releases all callers. Calls that have not begun never will; the others continue. */
    @Override
    public void close() {
        quick.shutdown();
        slow.shutdown();
        awaited.forEach(call -> call.result.completeExceptionally(call.giveUp(CallException.Why.LATE)));
    }

    private LibvirtConnection connected() throws LibvirtException {
        LibvirtConnection held = connection.get();
        if (held != null && held.isAlive()) {
            return held;
        }
        disconnect();
        held = LibvirtConnection.open(uri);
        connection.set(held);
        return held;
    }

    private void disconnect() {
        LibvirtConnection held = connection.get();
        connection.remove();
        if (held != null) {
            held.close();
        }
    }

    private final class Call<T> implements Runnable {
        private final Task<T> task;
        private final CompletableFuture<T> result = new CompletableFuture<>();

        /** Set by the thread when the call begins, or by the caller that gives up before. */
        private final AtomicBoolean isDecided = new AtomicBoolean();

        Call(Task<T> task) {
            this.task = task;
        }

        CallException giveUp(CallException.Why why) {
            boolean hasBegun = !isDecided.compareAndSet(false, true);
            if (!hasBegun) {
                task.ended();
            }
            return new CallException(
                    hasBegun || why == CallException.Why.INTERRUPTED ? why : CallException.Why.NOT_BEGUN, null);
        }

        @Override
        public void run() {
            if (!isDecided.compareAndSet(false, true)) {
                return;
            }
            CallException.Why why = CallException.Why.UNREACHABLE;
            try {
                LibvirtConnection open = connected();
                why = CallException.Why.FAILED;
                result.complete(task.run(open));
            } catch (LibvirtException e) {
                result.completeExceptionally(new CallException(why, e));
            } catch (RuntimeException | Error e) {
                log.error("A call into libvirt failed", e);
                String fault = "a fault of the server: " + e.getClass().getSimpleName();
                result.completeExceptionally(new CallException(why, new LibvirtException(0, 0, fault)));
            } finally {
                task.ended();
            }
            try {
                task.awaitRelease();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
