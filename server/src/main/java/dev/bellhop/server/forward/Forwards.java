// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Manages the forwarded connections of this server, and ends expired ones. Thread safe. */
public final class Forwards implements MeterBinder, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Forwards.class);

    /** Delay until a revoked permission ends a connection. */
    private static final long SWEEP_MILLIS = 500;

    private static final int RETRY_AFTER = 5;

    /** Memory of one connection: the window of its stream, a piece of output, and an incoming message, twice. */
    static final long BYTES = (256 + 32 + 2 * 64) << 10;

    private final TcpConnections connections;
    private final ForwardSettings settings;
    private final BiPredicate<Key, ForwardInfo> mayGoOn;
    private final Consumer<Forward> ended;
    private final FairLimit memory;
    private final Clock clock;
    private final ExecutionIds ids;
    private final ConcurrentMap<ForwardId, Held> all = new ConcurrentHashMap<>();
    private final ScheduledThreadPoolExecutor sweeper = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("forwards").factory());

    /** Guarded by this. */
    private boolean closed;

    private static final class Held {
        private final Forward forward;
        private final Key key;
        private final FairLimit.Holding memory;
        private volatile OneTimeTicket.@Nullable Kept ticket;

        private Held(Forward forward, Key key, FairLimit.Holding memory) {
            this.forward = forward;
            this.key = key;
            this.memory = memory;
        }
    }

    /**
     * Creates an instance without connections.
     *
     * @param mayGoOn checks whether a key can still be used, sees the VM and is allowed to reach the target; called
     *     often
     * @param ended called with each opened connection after it has ended
     * @param memory limit for open connections, in bytes
     */
    public Forwards(
            TcpConnections connections,
            ForwardSettings settings,
            BiPredicate<Key, ForwardInfo> mayGoOn,
            Consumer<Forward> ended,
            FairLimit memory,
            Clock clock) {
        this.connections = connections;
        this.settings = settings;
        this.mayGoOn = mayGoOn;
        this.ended = ended;
        this.memory = memory;
        this.clock = clock;
        this.ids = new ExecutionIds(clock);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Runs until the sweeper is shut down.
    public void start() {
        sweeper.scheduleWithFixedDelay(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("bellhop.forwards", all::size)
                .description("Forwarded connections that are open now, or not wholly closed")
                .register(registry);
    }

    /**
     * Opens a connection; returns when the guest has connected. The connection ends soon unless a caller {@linkplain
     * Forward#take takes} it.
     *
     * @param certificate see {@link ForwardInfo}
     * @throws BellhopException {@code TOO_MANY_EXECUTIONS}, {@code OVERLOADED}, or an error of {@link
     *     TcpConnections#open}
     */
    public Forward open(VmId vm, Key key, @Nullable String certificate, ForwardTarget target, Duration timeout) {
        ForwardId id = new ForwardId(ids.next().value());
        ForwardInfo info = new ForwardInfo(
                id, vm, key.tenant(), key.id(), key.holder(), key.labels(), certificate, target, clock.instant());
        Forward forward = reserve(info, key);
        try {
            connections.open(vm, id, target, timeout);
        } catch (RuntimeException | Error e) {
            // The connection may be open, because perhaps only the answer was lost.
            Thread.ofVirtual().name("forward-close").start(() -> forget(vm, id));
            throw e;
        }
        forward.opened();
        forward.whenEnded(() -> ended.accept(forward));
        forward.whenGone(() -> remove(id));
        if (forward.end() != null) {
            // The server began to stop before there was anything to close.
            connections.forget(vm, id);
            throw shuttingDown();
        }
        return forward;
    }

    private void forget(VmId vm, ForwardId id) {
        try {
            connections.forget(vm, id);
        } catch (BellhopException e) {
            log.debug("Cannot close connection {}, which may not be open", id, e);
        } finally {
            remove(id);
        }
    }

    private void remove(ForwardId id) {
        Held held = all.remove(id);
        if (held != null) {
            held.memory.close();
        }
    }

    private synchronized Forward reserve(ForwardInfo info, Key key) {
        if (closed) {
            throw shuttingDown();
        }
        requireRoom(each -> each.vm().equals(info.vm()), settings.perVm(), "this VM has");
        requireRoom(
                each -> each.holder().equals(info.holder()),
                settings.perKey(),
                key.tenant().isOperator() ? "this key has" : "the keys of this account have");
        FairLimit.Holding taken = memory.newHolding(info.holder());
        if (!taken.grow(BYTES)) {
            throw new BellhopException(
                    ErrorCode.OVERLOADED,
                    "Cannot forward one more connection now because open connections, terminals and SSH sessions fill the memory for them; close some, or"
                            + " try again in a moment");
        }
        Forward forward = new Forward(info, connections);
        all.put(info.id(), new Held(forward, key, taken));
        return forward;
    }

    private static BellhopException shuttingDown() {
        return new BellhopException(
                ErrorCode.SHUTTING_DOWN, "Cannot forward a connection because the server is shutting down");
    }

    private void requireRoom(Predicate<ForwardInfo> those, int limit, String who) {
        long open = all.values().stream()
                .filter(held -> those.test(held.forward.info()))
                .count();
        if (open >= limit) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_EXECUTIONS,
                    "Cannot forward one more connection now because " + who + " " + open
                            + " of them already; close one first",
                    limit,
                    RETRY_AFTER);
        }
    }

    /** Returns the open connections of a VM, newest first. */
    public List<Forward> of(VmId vm) {
        return all.values().stream()
                .map(held -> held.forward)
                .filter(forward -> forward.info().vm().equals(vm) && forward.isOpened() && forward.end() == null)
                .sorted(Comparator.comparing(
                                (Forward forward) -> forward.info().id().toString())
                        .reversed())
                .toList();
    }

    /** Returns a ticket for a connection that has not been taken. A second ticket replaces the first. */
    public OneTimeTicket ticket(Forward forward) {
        OneTimeTicket ticket = OneTimeTicket.make(clock.instant());
        Held held = all.get(forward.info().id());
        if (held != null) {
            held.ticket = ticket.kept();
        }
        return ticket;
    }

    /**
     * Takes a connection by its ticket, for the caller to read and write.
     *
     * @param mayUse checks whether the ticket's key is allowed from the client's address
     * @return empty if the ticket is not valid
     */
    public Optional<Forward> take(VmId vm, ForwardId id, String secret, Predicate<Key> mayUse) {
        Held held = all.get(id);
        OneTimeTicket.Kept ticket = held == null ? null : held.ticket;
        if (held == null || ticket == null || !held.forward.info().vm().equals(vm)) {
            return Optional.empty();
        }
        boolean good = ticket.isFor(secret, clock.instant())
                && held.forward.end() == null
                && mayGoOn.test(held.key, held.forward.info())
                && mayUse.test(held.key)
                && held.forward.take();
        return good ? Optional.of(held.forward) : Optional.empty();
    }

    private void sweep() {
        long now = System.nanoTime();
        all.forEach((id, held) -> {
            try {
                sweep(held, now);
            } catch (RuntimeException e) {
                // An exception would cancel all later sweeps.
                log.error("Cannot look after forwarded connection {}", id, e);
            }
        });
    }

    private void sweep(Held held, long now) {
        Forward forward = held.forward;
        if (!forward.isOpened() || forward.end() != null) {
            return;
        }
        if (!mayGoOn.test(held.key, forward.info())) {
            forward.end(ForwardEnd.NOT_ALLOWED);
        } else if (!forward.isTaken() && forward.quietNanos(now) > OneTimeTicket.GOOD_FOR.toNanos()) {
            forward.end(ForwardEnd.ABANDONED);
        } else if (forward.quietNanos(now) > settings.idle().toNanos()) {
            forward.end(ForwardEnd.IDLE);
        } else {
            forward.keep(now);
        }
    }

    /** Ends all connections. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        sweeper.shutdownNow();
        all.values().forEach(held -> held.forward.end(ForwardEnd.SHUTTING_DOWN));
    }
}
