// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.qga.AgentException;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What is known of whether commands can be run in the VMs, and how to find out. Whoever finds something out, a request, a
 * command that was started or the {@link HealthWatch}, leaves it here, and who waits for it is told. Thread safe.
 */
public final class AgentHealth {
    /** Between two looks at whether a wait goes on. */
    private static final Duration SLICE = Duration.ofMillis(500);

    private final Clock clock;
    private final ConcurrentMap<VmId, Known> known = new ConcurrentHashMap<>();
    private final ConcurrentMap<VmId, List<Subscription>> subscriptions = new ConcurrentHashMap<>();

    /** Grows after each change of what is known. */
    private final AtomicLong revision = new AtomicLong();

    public AgentHealth(Clock clock) {
        this.clock = clock;
    }

    /**
     * What was found last.
     *
     * @param since when it was first found to be so, without a break since then
     * @param found when it was found last
     */
    public record Known(AgentReport report, Instant since, Instant found, long nanoTime) {}

    /** Somebody is told of changes, until it is closed. */
    public final class Subscription implements AutoCloseable {
        private final VmId vm;
        private final Runnable told;
        private final boolean waits;

        private Subscription(VmId vm, Runnable told, boolean waits) {
            this.vm = vm;
            this.told = told;
            this.waits = waits;
        }

        @Override
        public void close() {
            subscriptions.computeIfPresent(vm, (id, all) -> all.remove(this) && all.isEmpty() ? null : all);
        }
    }

    public AgentReport look(VirtualMachine vm, Duration stateTimeout, Duration agentTimeout) {
        return note(vm, new Diagnosis(vm, before(vm)).look(stateTimeout, agentTimeout));
    }

    /** Why a call to a VM's agent has failed, to stand after "because". Takes some seconds at most. */
    public String why(VirtualMachine vm, AgentException trouble) {
        AgentReport report = new Diagnosis(vm, before(vm)).explain(trouble);
        if (Diagnosis.isTroubleOfTheWay(trouble)) {
            note(vm, report);
        }
        return Objects.requireNonNull(report.why());
    }

    public void runsCommands(VirtualMachine vm) {
        if (before(vm) != Availability.AVAILABLE) {
            note(vm, AgentReport.available(VmState.of(PowerState.RUNNING), null));
        }
    }

    /**
     * What was found last; empty where nothing has been yet, or it does not hold any more. Asks nobody.
     *
     * @param power what the VM is doing now
     */
    public Optional<Known> known(VirtualMachine vm, PowerState power) {
        return Optional.ofNullable(known.get(vm.id()))
                .filter(last -> mayHold(last, power) && !hasAnsweredSince(vm, last));
    }

    private static boolean mayHold(Known last, PowerState power) {
        return switch (last.report.availability()) {
            case VM_STOPPED -> power == PowerState.STOPPED;
            case VM_PAUSED -> power == PowerState.PAUSED;
            default -> power != PowerState.STOPPED && power != PowerState.PAUSED;
        };
    }

    private static boolean hasAnsweredSince(VirtualMachine vm, Known last) {
        return switch (last.report.availability()) {
            // It answers, and says so.
            case AVAILABLE, FROZEN, EXEC_DISABLED, EXEC_MISSING, GARBLED -> false;
            default -> {
                Duration age = Duration.ofNanos(System.nanoTime() - last.nanoTime);
                yield vm.agent()
                        .answeredAgo()
                        .filter(ago -> ago.compareTo(age) < 0)
                        .isPresent();
            }
        };
    }

    /**
     * Has somebody told, on whatever thread finds it out, when the hypervisor says that something about a VM has changed,
     * and when something else is found than was known of it, until the subscription is closed.
     *
     * @param told returns at once and throws nothing
     */
    public Subscription listen(VmId vm, Runnable told) {
        return add(new Subscription(vm, told, false));
    }

    private Subscription add(Subscription subscription) {
        subscriptions.compute(subscription.vm, (id, all) -> {
            List<Subscription> now = all == null ? new CopyOnWriteArrayList<>() : all;
            now.add(subscription);
            return now;
        });
        return subscription;
    }

    /** The VMs of which somebody waits to hear something new, who does not look himself. */
    Set<VmId> waitedFor() {
        return subscriptions.entrySet().stream()
                .filter(each -> each.getValue().stream().anyMatch(subscription -> subscription.waits))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    boolean isWaitedFor(VmId vm) {
        List<Subscription> all = subscriptions.get(vm);
        return all != null && all.stream().anyMatch(subscription -> subscription.waits);
    }

    /** The hypervisor says that something about a VM has changed, or may have. */
    void changed(VmId vm) {
        List<Subscription> all = subscriptions.get(vm);
        if (all != null) {
            all.forEach(subscription -> subscription.told.run());
        }
    }

    /**
     * Finds out whether commands can be run in a VM, and waits until what is found is what is waited for, or for so long.
     * What it waits for is found by the {@link HealthWatch}, which is told to look often.
     *
     * @param goesOn asked now and then: whether the wait is still wanted
     * @return what was found last
     */
    public AgentReport await(
            VirtualMachine vm,
            Predicate<AgentReport> enough,
            Duration stateTimeout,
            Duration agentTimeout,
            Duration longest,
            BooleanSupplier goesOn)
            throws InterruptedException {
        long begun = System.nanoTime();
        Semaphore news = new Semaphore(0);
        // Before the look: what is found meanwhile is not missed.
        try (Subscription _ = add(new Subscription(vm.id(), news::release, true))) {
            AgentReport now = look(vm, stateTimeout, agentTimeout);
            while (!enough.test(now) && goesOn.getAsBoolean()) {
                long left = longest.toNanos() - (System.nanoTime() - begun);
                if (left <= 0) {
                    break;
                }
                boolean _ = news.tryAcquire(Math.min(left, SLICE.toNanos()), TimeUnit.NANOSECONDS);
                news.drainPermits();
                Known last = known.get(vm.id());
                now = last == null ? now : last.report;
            }
            return now;
        }
    }

    /** What was found last, if anything was: not to be told to anybody. */
    Optional<Known> last(VmId vm) {
        return Optional.ofNullable(known.get(vm));
    }

    /** Forgets what was known of all VMs but these: the others are gone. */
    void keep(Set<VmId> vms) {
        known.keySet().retainAll(vms);
        revision.incrementAndGet();
    }

    /** The same number means that nothing was found out between two calls. */
    long revision() {
        return revision.get();
    }

    private Availability before(VirtualMachine vm) {
        Known before = known.get(vm.id());
        return before == null ? Availability.UNKNOWN : before.report.availability();
    }

    AgentReport note(VirtualMachine vm, AgentReport report) {
        Instant now = clock.instant();
        AtomicBoolean isNews = new AtomicBoolean();
        known.compute(vm.id(), (id, before) -> {
            isNews.set(before == null || before.report.availability() != report.availability());
            return new Known(report, before == null || isNews.get() ? now : before.since, now, System.nanoTime());
        });
        revision.incrementAndGet();
        if (isNews.get()) {
            changed(vm.id());
        }
        return report;
    }
}
