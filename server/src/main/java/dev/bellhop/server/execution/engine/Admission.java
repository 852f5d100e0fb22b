// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.vm.VmId;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How many executions run at once. What exceeds a limit waits, and goes in the order it came. Thread
 * safe.
 */
final class Admission {
    /** They cost next to nothing each, and are made by whoever has a key. */
    private static final int MAX_OUTSIDE = 100;

    private final ExecutionLimits limits;
    private final Map<VmId, Integer> runningInVm = new HashMap<>();
    private final Map<String, Integer> runningOfHolder = new HashMap<>();
    private final Map<VmId, Integer> queuedInVm = new HashMap<>();
    private final Map<String, Integer> outsideOfHolder = new HashMap<>();
    private final Set<Ticket> queue = new LinkedHashSet<>();

    /** What all that wait or run take in memory, in bytes. */
    private final FairLimit memory;

    Admission(ExecutionLimits limits, FairLimit memory) {
        this.limits = limits;
        this.memory = memory;
    }

    /** A place in the queue, then one among those that run; closing it gives up either. */
    final class Ticket implements AutoCloseable {
        private final VmId vm;
        /** The account, whose holders make keys as they like, or the key of none. */
        private final String holder;

        private final long bytes;

        private Runnable whenAdmitted = () -> {};
        private Where where = Where.OUTSIDE;

        private Ticket(VmId vm, ExecutionSpec spec) {
            this.vm = vm;
            this.holder = spec.holder();
            this.bytes = spec.heldBytes();
        }

        /** Whether it may not enter the queue before it is told to. */
        boolean isOutside() {
            synchronized (Admission.this) {
                return where == Where.OUTSIDE;
            }
        }

        boolean isAdmitted() {
            synchronized (Admission.this) {
                return where == Where.ADMITTED;
            }
        }

        void whenAdmitted(Runnable listener) {
            synchronized (Admission.this) {
                whenAdmitted = listener;
            }
        }

        /** Its place in its VM's queue, 1 for the next; empty where it does not wait. */
        OptionalInt place() {
            synchronized (Admission.this) {
                int place = 0;
                for (Ticket ticket : queue) {
                    place += ticket.vm.equals(vm) ? 1 : 0;
                    if (ticket == this) {
                        return OptionalInt.of(place);
                    }
                }
                return OptionalInt.empty();
            }
        }

        void queueUp() {
            synchronized (Admission.this) {
                leave();
                // Of those that wait already none has room.
                if (hasRoom(vm, holder)) {
                    admit(this);
                    whenAdmitted.run();
                } else {
                    where = Where.QUEUED;
                    queue.add(this);
                    count(queuedInVm, vm, 1);
                }
            }
        }

        @Override
        public void close() {
            synchronized (Admission.this) {
                if (where != Where.CLOSED) {
                    leave();
                    where = Where.CLOSED;
                    memory.giveBack(holder, bytes);
                    admitWaiting();
                }
            }
        }

        private void leave() {
            switch (where) {
                case OUTSIDE -> count(outsideOfHolder, holder, -1);
                case QUEUED -> {
                    queue.remove(this);
                    count(queuedInVm, vm, -1);
                }
                case ADMITTED -> {
                    count(runningInVm, vm, -1);
                    count(runningOfHolder, holder, -1);
                }
                case CLOSED -> throw new IllegalStateException("a ticket that is closed has no place to leave");
            }
        }
    }

    private enum Where {
        OUTSIDE,
        QUEUED,
        ADMITTED,
        CLOSED
    }

    /**
     * Enters the queue, and runs at once where there is room.
     *
     * @throws BellhopException {@code TOO_MANY_EXECUTIONS} where the queue is full, or those of the same account, or of the same key of
     *     none, take up its share of the memory
     */
    synchronized Ticket enter(VmId vm, ExecutionSpec spec) {
        boolean full = queuedInVm.getOrDefault(vm, 0) >= limits.queuedPerVm();
        if (full && !hasRoom(vm, spec.holder())) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_EXECUTIONS,
                    "Cannot run one more command in VM " + vm + " now because " + limits.queuedPerVm()
                            + " are waiting already; try again when some have ended",
                    limits.runningPerVm() + limits.queuedPerVm());
        }
        Ticket ticket = newTicket(vm, spec);
        ticket.queueUp();
        return ticket;
    }

    /** A place for one that runs already, whatever the limits. */
    synchronized Ticket enterRunning(VmId vm, ExecutionSpec spec) {
        Ticket ticket = waitOutsideAgain(vm, spec);
        ticket.leave();
        admit(ticket);
        return ticket;
    }

    /**
     * A place outside of the queue for one that may not enter it yet.
     *
     * @throws BellhopException {@code TOO_MANY_EXECUTIONS} where many of the same account, or the same key of none, wait so
     */
    synchronized Ticket waitOutside(VmId vm, ExecutionSpec spec) {
        if (outsideOfHolder.getOrDefault(spec.holder(), 0) >= MAX_OUTSIDE) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_EXECUTIONS,
                    "Cannot have one more command wait for approval because " + MAX_OUTSIDE
                            + " do; have some of them approved or rejected, or cancel them",
                    MAX_OUTSIDE);
        }
        return newTicket(vm, spec);
    }

    private Ticket newTicket(VmId vm, ExecutionSpec spec) {
        Ticket ticket = new Ticket(vm, spec);
        if (!memory.take(ticket.holder, ticket.bytes)) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_EXECUTIONS,
                    "Cannot take one more command now because those of "
                            + (spec.tenant().isOperator() ? "this key" : "this account")
                            + " that wait or run have its share of the server's memory; try again when some have ended",
                    null,
                    1);
        }
        count(outsideOfHolder, ticket.holder, 1);
        return ticket;
    }

    /** As {@link #waitOutside}, for one that an earlier server has let wait: it is never refused. */
    synchronized Ticket waitOutsideAgain(VmId vm, ExecutionSpec spec) {
        Ticket ticket = new Ticket(vm, spec);
        memory.takeAnyway(ticket.holder, ticket.bytes);
        count(outsideOfHolder, ticket.holder, 1);
        return ticket;
    }

    /** How many wait in the queues of all VMs. */
    synchronized int queued() {
        return queue.size();
    }

    private boolean hasRoom(VmId vm, String holder) {
        return runningInVm.getOrDefault(vm, 0) < limits.runningPerVm()
                && runningOfHolder.getOrDefault(holder, 0) < limits.runningPerKey();
    }

    private void admit(Ticket ticket) {
        ticket.where = Where.ADMITTED;
        count(runningInVm, ticket.vm, 1);
        count(runningOfHolder, ticket.holder, 1);
    }

    private void admitWaiting() {
        for (Iterator<Ticket> waiting = queue.iterator(); waiting.hasNext(); ) {
            Ticket ticket = waiting.next();
            if (hasRoom(ticket.vm, ticket.holder)) {
                waiting.remove();
                count(queuedInVm, ticket.vm, -1);
                admit(ticket);
                ticket.whenAdmitted.run();
            }
        }
    }

    private static <K> void count(Map<K, Integer> counts, K key, int change) {
        counts.merge(key, change, (a, b) -> a + b == 0 ? null : a + b);
    }
}
