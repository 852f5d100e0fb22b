// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks all VMs in the background, to keep {@link AgentHealth} up to date. Thread safe.
 *
 * <p>The cost is bounded for any number of VMs. One timer finds the VMs that are due, and each look runs on a virtual
 * thread, a few at a time. A VM without events is due after a minute, then less and less often; a VM with waiters is
 * due soon and repeatedly, and a VM with a change reported by the hypervisor immediately. A look queries the hypervisor
 * first. It calls the agent, which wakes an idle guest, only if that is not enough, and at most once a minute unless a
 * caller waits. Connections made for this close like any other.
 */
public final class HealthWatch implements MeterBinder, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HealthWatch.class);

    private static final Duration TICK = Duration.ofMillis(500);
    /** Interval between discoveries of VMs. */
    private static final Duration DISCOVERY = Duration.ofMinutes(1);

    static final Duration FIRST_PAUSE = Duration.ofMinutes(1);
    static final Duration LAST_PAUSE = Duration.ofMinutes(10);
    static final Duration FIRST_PAUSE_OF_A_WAIT = Duration.ofMillis(500);
    static final Duration LAST_PAUSE_OF_A_WAIT = Duration.ofSeconds(5);

    /** A server that has just started has more urgent work. */
    static final Duration SETTLING = Duration.ofSeconds(15);

    /** Spreads the first looks over time. */
    private static final Duration SPREAD = Duration.ofMinutes(1);

    private static final Duration STATE_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration AGENT_TIMEOUT = Duration.ofSeconds(3);
    private static final int AT_ONCE = 32;

    private final AgentHealth health;
    private final VmDirectory directory;
    private final Predicate<VmId> isOurs;
    private final LongSupplier nanoTime;
    private final ConcurrentMap<VmId, Watched> watched = new ConcurrentHashMap<>();
    private final Executor looks;
    private final Semaphore places = new Semaphore(AT_ONCE);
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("health-watch").factory());
    private long discoveryDue;
    private volatile boolean closed;

    public HealthWatch(AgentHealth health, VmDirectory directory) {
        this(health, directory, vm -> true);
    }

    /** @param isOurs whether only this process talks to a VM's agent, which has one channel */
    public HealthWatch(AgentHealth health, VmDirectory directory, Predicate<VmId> isOurs) {
        this(
                health,
                directory,
                isOurs,
                System::nanoTime,
                look -> Thread.ofVirtual().name("health").start(look));
    }

    HealthWatch(
            AgentHealth health, VmDirectory directory, Predicate<VmId> isOurs, LongSupplier nanoTime, Executor looks) {
        this.health = health;
        this.directory = directory;
        this.isOurs = isOurs;
        this.nanoTime = nanoTime;
        this.looks = looks;
        this.discoveryDue = nanoTime.getAsLong();
    }

    /** Guarded by itself. */
    private static final class Watched {
        long due;
        Duration pause = FIRST_PAUSE;
        boolean isLookedAt;
        /** Whether something has happened since the current look began. */
        boolean again;

        Watched(long due) {
            this.due = due;
        }
    }

    /** Counts the VMs by their states. */
    @Override
    public void bindTo(MeterRegistry registry) {
        new VmCounts(health, watched.keySet()).bindTo(registry);
    }

    public void start() {
        directory.listen(this::changed);
        Future<?> _ = timer.scheduleWithFixedDelay(this::tick, 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Notifies the waiters that a VM has changed, and looks at it immediately. */
    void changed(VmId vm) {
        if (closed || !isOurs.test(vm)) {
            return;
        }
        Watched entry = watched.computeIfAbsent(vm, id -> new Watched(nanoTime.getAsLong()));
        synchronized (entry) {
            entry.pause = FIRST_PAUSE;
            if (entry.isLookedAt) {
                entry.again = true;
            } else {
                begin(vm, entry);
            }
        }
        health.changed(vm);
    }

    private void tick() {
        try {
            lookAround();
        } catch (RuntimeException e) {
            // After an exception, the timer would not run again.
            log.error("Cannot look at which VMs are due", e);
        }
    }

    void lookAround() {
        long now = nanoTime.getAsLong();
        if (discoveryDue - now <= 0) {
            discoveryDue = now + DISCOVERY.toNanos();
            discover(now);
        }
        Set<VmId> waitedFor = health.waitedFor();
        waitedFor.forEach(vm -> watched.computeIfAbsent(vm, id -> new Watched(now)));
        watched.forEach((vm, entry) -> {
            synchronized (entry) {
                if (waitedFor.contains(vm)) {
                    hurry(entry, now);
                }
                if (!entry.isLookedAt && entry.due - now <= 0) {
                    begin(vm, entry);
                }
            }
        });
    }

    private void discover(long now) {
        Set<VmId> all = directory.vms().stream().filter(isOurs).collect(Collectors.toCollection(TreeSet::new));
        watched.keySet().retainAll(all);
        health.keep(all);
        long step = SPREAD.toNanos() / Math.max(all.size(), SPREAD.toSeconds());
        long due = now + SETTLING.toNanos();
        for (VmId vm : all) {
            long itsDue = due;
            if (watched.putIfAbsent(vm, new Watched(itsDue)) == null) {
                due += step;
            }
        }
    }

    private static void hurry(Watched entry, long now) {
        if (entry.pause.compareTo(LAST_PAUSE_OF_A_WAIT) > 0) {
            entry.pause = FIRST_PAUSE_OF_A_WAIT;
        }
        long soon = now + entry.pause.toNanos();
        if (soon - entry.due < 0) {
            entry.due = soon;
        }
    }

    /** Call this with the entry's lock held. */
    private void begin(VmId vm, Watched entry) {
        entry.isLookedAt = true;
        entry.again = false;
        looks.execute(() -> look(vm, entry));
    }

    private void look(VmId vm, Watched entry) {
        boolean isNews = false;
        try {
            places.acquire();
            try {
                isNews = !closed && looked(vm, entry);
            } finally {
                places.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.warn("Cannot look at VM {}", vm, e);
        } finally {
            ended(vm, entry, isNews);
        }
    }

    private boolean looked(VmId id, Watched entry) {
        VirtualMachine vm = isOurs.test(id) ? directory.find(id).orElse(null) : null;
        if (vm == null) {
            return false;
        }
        Availability before =
                health.last(id).map(known -> known.report().availability()).orElse(Availability.UNKNOWN);
        Duration pause;
        synchronized (entry) {
            pause = entry.pause;
        }
        AgentReport found = new Diagnosis(vm, before).lookSparingly(STATE_TIMEOUT, AGENT_TIMEOUT, pause);
        return found != null && health.note(vm, found).availability() != before;
    }

    private void ended(VmId vm, Watched entry, boolean isNews) {
        boolean isWaitedFor = health.isWaitedFor(vm);
        synchronized (entry) {
            entry.isLookedAt = false;
            if (entry.again && !closed) {
                begin(vm, entry);
                return;
            }
            Duration first = isWaitedFor ? FIRST_PAUSE_OF_A_WAIT : FIRST_PAUSE;
            Duration last = isWaitedFor ? LAST_PAUSE_OF_A_WAIT : LAST_PAUSE;
            Duration next = isNews ? first : entry.pause;
            next = next.compareTo(first) < 0 ? first : next.compareTo(last) > 0 ? last : next;
            entry.due = nanoTime.getAsLong() + next.toNanos();
            entry.pause = next.multipliedBy(2).compareTo(last) < 0 ? next.multipliedBy(2) : last;
        }
    }

    /** Looks in progress end with the hypervisors. */
    @Override
    public void close() {
        closed = true;
        timer.shutdownNow();
    }
}
