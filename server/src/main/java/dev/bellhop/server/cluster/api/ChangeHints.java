// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Wakes whoever waits for something new of an execution, whichever server has stored it. A hint can be lost, so whoever waits looks
 * for itself now and then. Thread safe.
 */
public final class ChangeHints implements ExecutionListener {
    private final ConcurrentMap<ExecutionId, Waiters> byId = new ConcurrentHashMap<>();

    /** Those that wait for news of one execution. All guarded by this. */
    private static final class Waiters {
        private int open;
        private long hints;
        private @Nullable Execution end;
    }

    @Override
    public void changed(ExecutionId id) {
        tell(id, null);
    }

    @Override
    public void ended(Execution told) {
        tell(told.id(), told);
    }

    private void tell(ExecutionId id, @Nullable Execution end) {
        Waiters waiters = byId.get(id);
        if (waiters != null) {
            synchronized (waiters) {
                waiters.hints++;
                waiters.end = end == null ? waiters.end : end;
                waiters.notifyAll();
            }
        }
    }

    /** From now on no hint is missed. */
    Subscription open(ExecutionId id) {
        Waiters waiters = byId.compute(id, (key, known) -> {
            Waiters some = known == null ? new Waiters() : known;
            some.open++;
            return some;
        });
        return new Subscription(id, waiters);
    }

    /** How many executions are waited for. */
    int size() {
        return byId.size();
    }

    /** Hears hints about one execution. For one thread. */
    final class Subscription implements AutoCloseable {
        private final ExecutionId id;
        private final Waiters waiters;
        private long heard;

        private Subscription(ExecutionId id, Waiters waiters) {
            this.id = id;
            this.waiters = waiters;
            synchronized (waiters) {
                heard = waiters.hints;
            }
        }

        /**
         * Whether nothing is new since before the eldest of those who listen now began to. For who knows how it was then, and is not
         * the eldest.
         */
        boolean isWithoutNews() {
            synchronized (waiters) {
                return waiters.hints == 0;
            }
        }

        /** What its node has told of its end, where this server has stored that. */
        Optional<Execution> end() {
            synchronized (waiters) {
                return Optional.ofNullable(waiters.end);
            }
        }

        /** Returns at a hint that came since this returned last, or when the time is over. */
        void await(Duration longest) throws InterruptedException {
            long end = System.nanoTime() + longest.toNanos();
            synchronized (waiters) {
                for (long left = longest.toNanos();
                        waiters.hints == heard && left > 0;
                        left = end - System.nanoTime()) {
                    TimeUnit.NANOSECONDS.timedWait(waiters, left);
                }
                heard = waiters.hints;
            }
        }

        @Override
        public void close() {
            byId.computeIfPresent(id, (key, known) -> --known.open == 0 ? null : known);
        }
    }
}
