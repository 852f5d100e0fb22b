// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Manages the terminals of this server, including recently ended ones, and ends expired ones. Thread safe. */
public final class Terminals implements MeterBinder, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Terminals.class);

    /** How long an ended terminal is kept. */
    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    /** The most ended terminals of one holder that are kept. */
    private static final int MAX_REMEMBERED = 1_000;

    /** Delay until a revoked permission ends a terminal. */
    private static final long SWEEP_MILLIS = 500;

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(4);
    private static final int RETRY_AFTER = 5;

    private final Ptys ptys;
    private final TerminalSettings settings;
    private final BiPredicate<Key, VmId> mayGoOn;
    private final Recordings recordings;
    private final Memory memory;
    private final Clock clock;
    private final ExecutionIds ids;
    private final Tickets tickets;
    private final ConcurrentMap<TerminalId, Held> all = new ConcurrentHashMap<>();
    private final ScheduledThreadPoolExecutor sweeper = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("terminals").factory());

    /** Guarded by this. */
    private boolean closed;

    private record Held(Terminal terminal, Key key) {}

    /**
     * Memory for terminals, in bytes.
     *
     * @param open memory that every terminal needs
     * @param history memory for longer rings of output
     */
    public record Memory(FairLimit open, FairLimit history) {}

    /** Makes the recordings of terminals. */
    public interface Recordings {
        Recordings NONE = (info, spec, memory) -> TerminalRecorder.NONE;

        /** Returns the memory that a recording needs, in bytes. */
        default long bytesOfEach() {
            return 0;
        }

        /**
         * Begins the recording of a terminal that is about to be opened. If this fails, the terminal is not opened.
         *
         * @param memory has {@link #bytesOfEach}; owned by the recording, even if this fails
         */
        TerminalRecorder begin(TerminalInfo info, PtySpec spec, FairLimit.Holding memory);
    }

    /**
     * Creates an instance without terminals.
     *
     * @param mayGoOn checks whether a key can still be used and sees a VM; called often
     */
    public Terminals(
            Ptys ptys,
            TerminalSettings settings,
            BiPredicate<Key, VmId> mayGoOn,
            Recordings recordings,
            Memory memory,
            Clock clock) {
        this.ptys = ptys;
        this.settings = settings;
        this.mayGoOn = mayGoOn;
        this.recordings = recordings;
        this.memory = memory;
        this.clock = clock;
        this.ids = new ExecutionIds(clock);
        this.tickets = new Tickets(clock);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Runs until the sweeper is shut down.
    public void start() {
        sweeper.scheduleWithFixedDelay(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("bellhop.terminals", this::open)
                .description("Terminals that are open now")
                .register(registry);
    }

    public Tickets tickets() {
        return tickets;
    }

    /**
     * Opens a terminal; returns when its command runs.
     *
     * @throws BellhopException {@code TOO_MANY_EXECUTIONS}, {@code OVERLOADED}, or an error of {@link Ptys#open}
     */
    public Terminal open(VmId vm, Key key, PtySpec spec, Duration timeout) {
        TerminalId id = new TerminalId(ids.next().value());
        TerminalInfo info = new TerminalInfo(
                id, vm, key.tenant(), key.id(), key.holder(), key.labels(), spec.user(), clock.instant());
        Terminal terminal = reserve(info, spec, key);
        TerminalRecorder recorder = TerminalRecorder.NONE;
        try {
            recorder = recordings.begin(info, spec, terminal.splitMemory(recordings.bytesOfEach()));
            ptys.open(vm, id, spec, timeout).ifPresent(terminal::isReachedBy);
        } catch (RuntimeException | Error e) {
            all.remove(id);
            // The terminal may be open, because perhaps only the answer was lost.
            Thread.ofVirtual().name("terminal-close").start(() -> {
                forget(vm, id);
                terminal.abandon();
            });
            recorder.notOpened();
            throw e;
        }
        terminal.start(recorder);
        return terminal;
    }

    private void forget(VmId vm, TerminalId id) {
        try {
            ptys.forget(vm, id);
        } catch (BellhopException e) {
            log.debug("Cannot close terminal {}, which may not be open", id, e);
        }
    }

    private synchronized Terminal reserve(TerminalInfo info, PtySpec spec, Key key) {
        if (closed) {
            throw new BellhopException(
                    ErrorCode.SHUTTING_DOWN, "Cannot open a terminal because the server is shutting down");
        }
        requireRoom(held -> held.info().vm().equals(info.vm()), settings.perVm(), "this VM has");
        requireRoom(
                held -> held.info().holder().equals(info.holder()),
                settings.perKey(),
                key.tenant().isOperator() ? "this key has" : "the keys of this account have");
        forgetOldest(info.holder());
        Terminal terminal = new Terminal(info, spec.size(), ptys, takeMemory(info.holder()), clock);
        all.put(info.id(), new Held(terminal, key));
        return terminal;
    }

    private void forgetOldest(String holder) {
        ended(holder).stream().skip(MAX_REMEMBERED).forEach(this::forgetUnlessSeen);
    }

    private void forgetUnlessSeen(Terminal terminal) {
        if (terminal.viewers() == 0) {
            var _ = terminal.forgetOutput();
            all.remove(terminal.info().id());
        }
    }

    /** Returns the ended terminals of a holder, newest first. */
    private List<Terminal> ended(String holder) {
        return all().stream()
                .filter(each -> each.info().holder().equals(holder) && each.end() != null)
                .toList();
    }

    /** Forgets the output of ended terminals of this holder if that makes room. */
    private Terminal.Memory takeMemory(String holder) {
        FairLimit.Holding open = memory.open.newHolding(holder);
        Iterator<Terminal> oldest = ended(holder).reversed().iterator();
        while (!open.grow(Terminal.BYTES + recordings.bytesOfEach())) {
            if (!oldest.hasNext()) {
                throw new BellhopException(
                        ErrorCode.OVERLOADED,
                        "Cannot open a terminal now because open terminals, forwards and SSH sessions fill the memory for them; close some, or try"
                                + " again in a moment");
            }
            var _ = oldest.next().forgetOutput();
        }
        return new Terminal.Memory(open, memory.history.newHolding(holder));
    }

    private void requireRoom(Predicate<Terminal> those, int limit, String who) {
        long open = all.values().stream()
                .map(Held::terminal)
                .filter(terminal -> terminal.end() == null && those.test(terminal))
                .count();
        if (open >= limit) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_EXECUTIONS,
                    "Cannot open one more terminal now because " + who + " " + open
                            + " of them already; close one first",
                    limit,
                    RETRY_AFTER);
        }
    }

    public Optional<Terminal> find(TerminalId id) {
        return Optional.ofNullable(all.get(id)).map(Held::terminal);
    }

    /** Returns all terminals, newest first. */
    public List<Terminal> all() {
        return all.values().stream()
                .map(Held::terminal)
                .sorted(Comparator.comparing(
                                (Terminal terminal) -> terminal.info().id())
                        .reversed())
                .toList();
    }

    /** Returns the terminals of a VM, newest first. */
    public List<Terminal> of(VmId vm) {
        return all().stream()
                .filter(terminal -> terminal.info().vm().equals(vm))
                .toList();
    }

    private long open() {
        return all.values().stream().filter(held -> held.terminal.end() == null).count();
    }

    /** Checks whether a ticket's key is still allowed to use the VM. */
    public boolean mayGoOn(Key key, VmId vm) {
        return mayGoOn.test(key, vm);
    }

    /** Ends a terminal on request, and waits up to {@code longest} for its end. */
    public void hangUp(Terminal terminal, Duration longest) throws InterruptedException {
        terminal.hangUp(EndReason.HUNG_UP);
        terminal.awaitEnd(longest);
    }

    private void sweep() {
        long now = System.nanoTime();
        all.forEach((id, held) -> {
            try {
                sweep(id, held, now);
            } catch (RuntimeException e) {
                // An exception would cancel all later sweeps.
                log.error("Cannot look after terminal {}", id, e);
            }
        });
    }

    private void sweep(TerminalId id, Held held, long now) {
        Terminal terminal = held.terminal;
        TerminalEnd end = terminal.end();
        if (end != null) {
            if (end.at().isBefore(clock.instant().minus(REMEMBERED))) {
                forgetUnlessSeen(terminal);
            }
            // A client that lost its connection had time to come back.
            if (terminal.aloneNanos(now) > settings.reconnect().toNanos() && terminal.forgetOutput()) {
                log.debug("The output of terminal {} is forgotten", id);
            }
        } else if (!mayGoOn.test(held.key, terminal.info().vm())) {
            terminal.hangUp(EndReason.NOT_ALLOWED);
        } else if (terminal.aloneNanos(now) > settings.reconnect().toNanos()) {
            terminal.hangUp(EndReason.ABANDONED);
        } else if (terminal.quietNanos(now) > settings.idle().toNanos()) {
            terminal.hangUp(EndReason.IDLE);
        } else if (terminal.info().openedAt().isBefore(clock.instant().minus(settings.longest()))) {
            terminal.hangUp(EndReason.TIME_LIMIT);
        }
    }

    /** Hangs up all terminals, and waits a moment for their ends. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        sweeper.shutdownNow();
        all.values().forEach(held -> held.terminal.hangUp(EndReason.SHUTTING_DOWN));
        long until = System.nanoTime() + STOP_TIMEOUT.toNanos();
        try {
            for (Held held : all.values()) {
                held.terminal.awaitEnd(Duration.ofNanos(Math.max(0, until - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
