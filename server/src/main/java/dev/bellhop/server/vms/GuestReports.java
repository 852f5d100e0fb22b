// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vms;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.OsInfo;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.guest.GuestReport;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Caches the guests' reports of themselves for clients that poll: they get a recent report, or wait for one in
 * progress. Failures are not cached. Thread safe.
 */
final class GuestReports {
    private static final Duration REPORT_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration KEPT = Duration.ofSeconds(3);
    private static final int MAX_CHECKS = 1000;
    private static final int MAX_REPORTS = 100;

    private static final Duration GIST_KEPT = Duration.ofMinutes(10);
    private static final int MAX_GISTS = 10_000;
    private static final int MAX_ADDRESSES = 4;

    private final AgentHealth health;
    private final Function<VirtualMachine, AgentReport> look;
    private final Clock clock;
    private final AsyncCache<VmId, AgentReport> checks;
    private final AsyncCache<VmId, GuestAnswer> answers;
    private final Cache<VmId, Gist> gists;

    /** Counts invalidations, to keep a report begun before an invalidation out of the cache after it. */
    private final AtomicLong forgotten = new AtomicLong();

    /**
     * @param look finds out whether commands can be run in a VM
     * @param nanos the time, like {@link System#nanoTime}
     */
    GuestReports(AgentHealth health, Function<VirtualMachine, AgentReport> look, Clock clock, LongSupplier nanos) {
        this.health = health;
        this.look = look;
        this.clock = clock;
        this.checks = caching(KEPT, MAX_CHECKS, nanos).buildAsync();
        this.answers = caching(KEPT, MAX_REPORTS, nanos).buildAsync();
        this.gists = caching(GIST_KEPT, MAX_GISTS, nanos).build();
    }

    /** Guests take seconds to answer, so each query runs on its own thread, without a lock on other VMs' entries. */
    private static Caffeine<Object, Object> caching(Duration kept, int most, LongSupplier nanos) {
        return Caffeine.newBuilder()
                .expireAfterWrite(kept)
                .maximumSize(most)
                .ticker(nanos::getAsLong)
                .executor(Thread::startVirtualThread);
    }

    private static <V> V await(AsyncCache<VmId, V> cache, VmId vm, CompletableFuture<V> learned) {
        try {
            return learned.join();
        } catch (CompletionException e) {
            // The cache also drops it, but perhaps only after this caller has asked again.
            cache.asMap().remove(vm, learned);
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /**
     * The part of a report that a list shows.
     *
     * @param addresses the first that others can reach; empty if the guest has not reported any
     */
    record Gist(@Nullable String os, List<String> addresses) {}

    /** Returns whether commands can be run; at most a few seconds old. */
    AgentReport check(VirtualMachine vm) {
        return await(checks, vm.id(), checks.get(vm.id(), id -> look.apply(vm)));
    }

    /** Returns the last report of a guest, at most some minutes old, if there is one. */
    Optional<Gist> gist(VmId vm) {
        return Optional.ofNullable(gists.getIfPresent(vm));
    }

    /** Returns a guest's full report, at most a few seconds old. */
    GuestAnswer ask(VirtualMachine vm) {
        return await(answers, vm.id(), answers.get(vm.id(), id -> learn(vm)));
    }

    /** Forgets a VM: its vmid may now belong to another VM. */
    void forget(VmId vm) {
        forgotten.incrementAndGet();
        checks.synchronous().invalidate(vm);
        answers.synchronous().invalidate(vm);
        gists.invalidate(vm);
    }

    private GuestAnswer learn(VirtualMachine vm) {
        Deadline deadline = Deadline.after(REPORT_TIMEOUT);
        long before = forgotten.get();
        Instant now = clock.instant();
        AgentReport check = check(vm);
        boolean vmRunning = check.vm().vmRunning();
        if (!check.isAvailable() && check.version() == null) {
            return new GuestAnswer(false, check.message(), vmRunning, null, now);
        }
        try {
            GuestReport told = GuestReport.ask(vm, trouble -> health.why(vm, trouble), clock, deadline);
            remember(vm.id(), told, before);
            return new GuestAnswer(check.isAvailable(), check.message(), vmRunning, told, now);
        } catch (AgentException e) {
            return new GuestAnswer(false, AgentReport.unavailable(health.why(vm, e)), vmRunning, null, now);
        }
    }

    private void remember(VmId vm, GuestReport told, long before) {
        gists.put(vm, new Gist(name(told.os()), told.addresses(MAX_ADDRESSES)));
        if (forgotten.get() != before) {
            gists.invalidate(vm);
        }
    }

    private static @Nullable String name(@Nullable OsInfo os) {
        if (os == null) {
            return null;
        }
        return os.prettyName() != null ? os.prettyName() : os.name() != null ? os.name() : os.id();
    }
}
