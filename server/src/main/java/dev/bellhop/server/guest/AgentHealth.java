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
 * Knows whether commands can be run in the VMs, and how to find out. Requests, commands and the {@link HealthWatch}
 * record their findings here, and this notifies the threads that wait for them. Thread safe.
 */
public final class AgentHealth {
    /** How often a wait checks whether it should continue. */
    private static final Duration SLICE = Duration.ofMillis(500);

    private final Clock clock;
    private final ConcurrentMap<VmId, Known> known = new ConcurrentHashMap<>();
    private final ConcurrentMap<VmId, List<Subscription>> subscriptions = new ConcurrentHashMap<>();

    /** Increases after each change of the findings. */
    private final AtomicLong revision = new AtomicLong();

    public AgentHealth(Clock clock) {
        this.clock = clock;
    }

    /**
     * The last finding.
     *
     * @param since when an unbroken series of this finding began
     * @param found when it was last confirmed
     */
    public record Known(AgentReport report, Instant since, Instant found, long nanoTime) {}

    /** A subscription to changes, until it is closed. */
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

    /** Returns why a call to a VM's agent has failed, to follow "because". Takes some seconds at most. */
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
     * Returns the last finding; empty if there is none, or it no longer holds. Makes no query.
     *
     * @param power the VM's current state
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
            // The agent answers, and says this itself.
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
     * Subscribes to one VM, until the subscription is closed: calls {@code told}, on any thread, when the hypervisor
     * reports a change of the VM, and when a finding differs from the previous one.
     *
     * @param told returns immediately and throws nothing
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

    /** Returns the VMs with subscribers that wait for a finding and do not look themselves. */
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

    /** Handles a hypervisor's report that a VM has changed, or may have. */
    void changed(VmId vm) {
        List<Subscription> all = subscriptions.get(vm);
        if (all != null) {
            all.forEach(subscription -> subscription.told.run());
        }
    }

    /**
     * Finds out whether commands can be run in a VM, and waits until the finding is the wanted one, or until the
     * timeout. While it waits, the {@link HealthWatch} looks often.
     *
     * @param goesOn polled: whether the caller still waits
     * @return the last finding
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
        // Subscribes before the look, to miss no finding in between.
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

    /** Returns the last finding, if any, valid or not: for internal use, not for callers. */
    Optional<Known> last(VmId vm) {
        return Optional.ofNullable(known.get(vm));
    }

    /** Forgets all VMs except these: the others are gone. */
    void keep(Set<VmId> vms) {
        known.keySet().retainAll(vms);
        revision.incrementAndGet();
    }

    /** Returns a number that changes with each new finding. */
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
