// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
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
    private final ExecutionLimits limits;
    private final Map<VmId, Integer> runningInVm = new HashMap<>();
    private final Map<String, Integer> runningOfHolder = new HashMap<>();
    private final Map<VmId, Integer> queuedInVm = new HashMap<>();
    private final Set<Ticket> queue = new LinkedHashSet<>();

    Admission(ExecutionLimits limits) {
        this.limits = limits;
    }

    /** A place in the queue, then one among those that run; closing it gives up either. */
    final class Ticket implements AutoCloseable {
        private final VmId vm;
        /** The account, whose holders make keys as they like, or the key of none. */
        private final String holder;

        private Runnable whenAdmitted = () -> {};
        private boolean admitted;
        private boolean closed;

        private Ticket(VmId vm, ExecutionSpec spec) {
            this.vm = vm;
            this.holder = spec.account() == null ? spec.keyId() : spec.account();
        }

        boolean isAdmitted() {
            synchronized (Admission.this) {
                return admitted;
            }
        }

        /** Who is to be told when it is admitted, if it is not yet. */
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

        @Override
        public void close() {
            synchronized (Admission.this) {
                if (closed) {
                    return;
                }
                closed = true;
                if (admitted) {
                    count(runningInVm, vm, -1);
                    count(runningOfHolder, holder, -1);
                } else {
                    queue.remove(this);
                    count(queuedInVm, vm, -1);
                }
                admitWaiting();
            }
        }
    }

    /**
     * Enters the queue, and runs at once where there is room.
     *
     * @throws BellhopException {@code TOO_MANY_EXECUTIONS} where the queue is full
     */
    synchronized Ticket enter(VmId vm, ExecutionSpec spec) {
        Ticket ticket = new Ticket(vm, spec);
        boolean full = queuedInVm.getOrDefault(vm, 0) >= limits.queuedPerVm();
        if (full && !hasRoom(ticket)) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_EXECUTIONS,
                    "Cannot run one more command in VM " + vm + " now because " + limits.queuedPerVm()
                            + " are waiting already; try again when some have ended",
                    limits.runningPerVm() + limits.queuedPerVm());
        }
        return enterAgain(vm, spec);
    }

    /** As {@link #enter}, for one that an earlier server has let into the queue: it is never refused. */
    synchronized Ticket enterAgain(VmId vm, ExecutionSpec spec) {
        Ticket ticket = new Ticket(vm, spec);
        queue.add(ticket);
        count(queuedInVm, vm, 1);
        admitWaiting();
        return ticket;
    }

    /** A place for one that runs already, whatever the limits. */
    synchronized Ticket enterRunning(VmId vm, ExecutionSpec spec) {
        Ticket ticket = new Ticket(vm, spec);
        admit(ticket);
        return ticket;
    }

    private boolean hasRoom(Ticket ticket) {
        return runningInVm.getOrDefault(ticket.vm, 0) < limits.runningPerVm()
                && runningOfHolder.getOrDefault(ticket.holder, 0) < limits.runningPerKey();
    }

    private void admit(Ticket ticket) {
        ticket.admitted = true;
        count(runningInVm, ticket.vm, 1);
        count(runningOfHolder, ticket.holder, 1);
    }

    private void admitWaiting() {
        for (Iterator<Ticket> waiting = queue.iterator(); waiting.hasNext(); ) {
            Ticket ticket = waiting.next();
            if (hasRoom(ticket)) {
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
