// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.qga.Deadline;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls into libvirt, on a bounded number of platform threads. Thread safe.
 *
 * <p>Each thread has a connection of its own: a daemon does no more than five things at once for one connection, so a few
 * calls that hang would hold up all others on it. Threads and connections are made as they are needed, and go after a
 * minute without work.
 *
 * <p>Calls go in the order they came, but for those that are likely to take long, which have a queue of their own and a few
 * of the threads at most. A caller waits until its deadline and no longer: a call that has not begun by then never does, and
 * one that has is left to end by itself. So a caller has to see to it that it does not make such calls without end.
 */
final class LibvirtCalls implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LibvirtCalls.class);
    private static final Duration IDLE = Duration.ofMinutes(1);

    private final String name;
    private final String uri;
    private final int mostThreads;
    private final int mostSlow;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Deque<Call<?>> quick = new ArrayDeque<>();
    private final Deque<Call<?>> slow = new ArrayDeque<>();
    private final Set<Call<?>> awaited = new HashSet<>();
    private int threads;
    private int idle;
    private int slowRunning;
    private boolean closed;

    /**
     * Makes no thread yet.
     *
     * @param mostSlow how many threads may be at calls that are likely to take long
     */
    LibvirtCalls(String name, String uri, int mostThreads, int mostSlow) {
        this.name = name;
        this.uri = uri;
        this.mostThreads = mostThreads;
        this.mostSlow = mostSlow;
    }

    /** What a call does. On the connection's thread. */
    interface Task<T> {
        T run(LibvirtConnection connection) throws LibvirtException;

        /** Told when the call has ended, also where nobody waits for it any more, and also where it never began. */
        default void ended() {}

        /** Whether somebody is still to take the result over from the thread, which waits for that. */
        default boolean isHeld() {
            return false;
        }

        default void awaitRelease() throws InterruptedException {}
    }

    /** A call gave no result. */
    static final class CallException extends Exception {
        private static final long serialVersionUID = 1;

        /** Why. */
        enum Why {
            /** The daemon is not there. The call has not begun. */
            UNREACHABLE,
            /** The deadline passed, or this was closed, before the call had begun. It never will. */
            NOT_BEGUN,
            /** The deadline passed during the call, or this was closed; the call goes on. */
            LATE,
            /** The caller was interrupted; the call goes on where it has begun. */
            INTERRUPTED,
            /** Libvirt said no, or the connection ended in the middle. */
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

    /** Has a call made and waits for it. */
    <T> T call(Task<T> task, boolean likelySlow, Deadline deadline) throws CallException {
        Call<T> call = new Call<>(task, likelySlow);
        Deque<Call<?>> queue = likelySlow ? slow : quick;
        lock.lock();
        try {
            if (closed || deadline.hasPassed()) {
                task.ended();
                throw new CallException(CallException.Why.NOT_BEGUN, null);
            }
            queue.add(call);
            awaited.add(call);
            work.signal();
            // Those who have been woken before and have not got to it yet count as idle still.
            if (quick.size() + slow.size() > idle && threads < mostThreads) {
                threads++;
                Thread.ofPlatform().name(name).daemon().start(this::work);
            }
            while (!call.done) {
                long left = deadline.remaining().toNanos();
                if (left <= 0 || closed) {
                    throw call.givenUp(queue.remove(call), CallException.Why.LATE);
                }
                long ignored = call.changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw call.givenUp(queue.remove(call), CallException.Why.INTERRUPTED);
        } finally {
            awaited.remove(call);
            lock.unlock();
        }
        return call.outcome();
    }

    /** Threads that are at a call now, for tests. */
    int running() {
        lock.lock();
        try {
            return threads - idle;
        } finally {
            lock.unlock();
        }
    }

    /** Nobody waits for a call any more. Those that have not begun never will; the others go on. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            awaited.forEach(call -> call.changed.signal());
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        Worker worker = new Worker();
        try {
            for (Call<?> call = next(); call != null; call = next()) {
                worker.run(call);
            }
        } finally {
            worker.close();
        }
    }

    private @Nullable Call<?> next() {
        lock.lock();
        try {
            long left = IDLE.toNanos();
            while (true) {
                Call<?> call = quick.poll();
                if (call == null && slowRunning < mostSlow) {
                    call = slow.poll();
                    slowRunning += call == null ? 0 : 1;
                }
                if (call != null) {
                    return call;
                }
                if (closed || left <= 0) {
                    threads--;
                    return null;
                }
                idle++;
                try {
                    left = work.awaitNanos(left);
                } catch (InterruptedException e) {
                    left = 0;
                } finally {
                    idle--;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void ended(Call<?> call) {
        lock.lock();
        try {
            if (call.likelySlow) {
                slowRunning--;
            }
        } finally {
            lock.unlock();
        }
    }

    /** One call, and what became of it. */
    private final class Call<T> {
        private final Task<T> task;
        private final boolean likelySlow;
        private final Condition changed = lock.newCondition();
        private boolean done;
        private @Nullable T result;
        private @Nullable CallException failure;

        Call(Task<T> task, boolean likelySlow) {
            this.task = task;
            this.likelySlow = likelySlow;
        }

        CallException givenUp(boolean wasWaiting, CallException.Why whenBegun) {
            if (wasWaiting) {
                task.ended();
            }
            return new CallException(
                    wasWaiting && whenBegun == CallException.Why.LATE ? CallException.Why.NOT_BEGUN : whenBegun, null);
        }

        void run(LibvirtConnection connection) {
            try {
                T value = task.run(connection);
                finish(value, null);
                if (task.isHeld()) {
                    task.awaitRelease();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (LibvirtException e) {
                finish(new CallException(CallException.Why.FAILED, e));
            } catch (RuntimeException | Error e) {
                // The thread is one of few, and goes on.
                log.error("A call into libvirt failed", e);
                finish(new CallException(CallException.Why.FAILED, fault(e)));
            }
        }

        void finish(CallException e) {
            finish(null, e);
        }

        private void finish(@Nullable T value, @Nullable CallException e) {
            lock.lock();
            try {
                result = value;
                failure = e;
                done = true;
                changed.signal();
            } finally {
                lock.unlock();
            }
            task.ended();
        }

        @SuppressWarnings("NullAway") // The result of a call that did not fail is what its task gave.
        T outcome() throws CallException {
            if (failure != null) {
                throw failure;
            }
            return result;
        }
    }

    private static LibvirtException fault(Throwable e) {
        return new LibvirtException(
                0, 0, "a fault of the server: " + e.getClass().getSimpleName());
    }

    /** What one thread holds. */
    private final class Worker implements AutoCloseable {
        private @Nullable LibvirtConnection connection;

        void run(Call<?> call) {
            try {
                LibvirtConnection open = connected();
                call.run(open);
            } catch (LibvirtException e) {
                call.finish(new CallException(CallException.Why.UNREACHABLE, e));
            } catch (RuntimeException | Error e) {
                log.error("Connecting to libvirt failed", e);
                call.finish(new CallException(CallException.Why.UNREACHABLE, fault(e)));
            } finally {
                ended(call);
            }
        }

        private LibvirtConnection connected() throws LibvirtException {
            LibvirtConnection held = connection;
            if (held != null && held.isAlive()) {
                return held;
            }
            close();
            held = LibvirtConnection.open(uri);
            connection = held;
            return held;
        }

        @Override
        public void close() {
            if (connection != null) {
                connection.close();
                connection = null;
            }
        }
    }
}
