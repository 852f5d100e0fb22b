// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.OutdatedException;
import dev.bellhop.server.failure.OutdatedException.Kind;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Keeps what a server holds in memory of the store the same as what other servers of its cluster have stored.
 *
 * <p>Each kind has a number in the table {@code generations}. A change raises it in its own transaction, and fails with an {@link
 * OutdatedException} unless the number is that of what this server has in memory: so whatever was decided from memory holds for what
 * is stored, and two servers cannot both add the last one that there is room for. The other servers look at all numbers once a
 * second, and load anew what has changed. A server that is alone in its database does none of this. Thread safe.
 */
public final class Generations {
    /** A key that was revoked is accepted no longer than this by a server that has lost the database. */
    public static final Duration MAX_AGE = Duration.ofSeconds(5);

    private static final String NUMBER = "SELECT number FROM generations WHERE kind = ?";

    /** Nobody raises it until this transaction has ended. */
    private static final String NUMBER_KEPT = NUMBER + " FOR SHARE";

    private static final String RAISE = "UPDATE generations SET number = number + 1 WHERE kind = ?";
    private static final String RAISE_IF = RAISE + " AND number = ?";
    private static final long NEVER_LOADED = -1;

    private final boolean isShared;
    private final LongSupplier nanos;

    /** Of what is in memory; it may be newer than this says, never older. */
    private final ConcurrentMap<Kind, Long> loaded = new ConcurrentHashMap<>();

    private final ConcurrentMap<Kind, Runnable> reloads = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<Consumer<Kind>> listeners = new CopyOnWriteArrayList<>();
    private volatile Runnable lookSoon = () -> {};
    private volatile long currentSince;

    /** @param isShared whether other servers use the database, too */
    public Generations(boolean isShared) {
        this(isShared, System::nanoTime);
    }

    Generations(boolean isShared, LongSupplier nanos) {
        this.isShared = isShared;
        this.nanos = nanos;
        this.currentSince = nanos.getAsLong();
    }

    public boolean isShared() {
        return isShared;
    }

    /** Has what is in memory of a kind loaded anew, on a thread of the store's, when another server has changed it. */
    public void watch(Kind kind, Runnable reload) {
        reloads.put(kind, reload);
    }

    /** Has somebody told of each change of this server's, once it is durable, so that others may hear of it before they look. */
    public void listen(Consumer<Kind> listener) {
        listeners.add(listener);
    }

    /** Some kind may have changed: looks now, and not in a second. Waits for nothing. */
    public void lookSoon() {
        lookSoon.run();
    }

    /** To be called once, by who looks. */
    public void lookedAtBy(Runnable look) {
        lookSoon = look;
    }

    /** Whether what is in memory is what was stored seconds ago at most. */
    public boolean isCurrent() {
        return !isShared || nanos.getAsLong() - currentSince < MAX_AGE.toNanos();
    }

    /**
     * Refuses a request that would be decided from what may be outdated.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE}
     */
    public void requireCurrent() {
        if (!isCurrent()) {
            throw new BellhopException(
                    ErrorCode.STORE_UNAVAILABLE,
                    "Cannot serve this because the database does not answer, and the API key may have been revoked meanwhile;"
                            + " try again in a moment");
        }
    }

    /** Loads anew what others have changed, by the numbers that were read just now. */
    public void look(Map<String, Long> numbers, long readSince) {
        for (Kind kind : Kind.values()) {
            Runnable reload = reloads.get(kind);
            Long number = numbers.get(name(kind));
            if (number == null) {
                throw new IllegalStateException("the table generations lacks " + name(kind));
            }
            if (reload != null && !number.equals(loaded.get(kind))) {
                reload.run();
            }
        }
        currentSince = readSince;
    }

    /** Notes of what generation that is which is read next. */
    void beginLoading(Kind kind, ReadConnection connection) {
        if (isShared) {
            loaded.put(kind, connection.queryOne(NUMBER, row -> row.getLong(1), name(kind)));
        }
    }

    /**
     * What a change does to the numbers.
     *
     * @param expected of the kinds that it was decided from
     */
    record Step(Kind changed, Map<Kind, Long> expected, Set<Kind> alsoChanged) {}

    /** To be called before a change is handed to the writer, by who decides on it and lets nobody else do so meanwhile. */
    Step step(Kind changed, Set<Kind> reliesOn, Set<Kind> alsoChanged) {
        Map<Kind, Long> expected = new EnumMap<>(Kind.class);
        expected.put(changed, loaded.getOrDefault(changed, NEVER_LOADED));
        reliesOn.forEach(kind -> expected.put(kind, loaded.getOrDefault(kind, NEVER_LOADED)));
        return new Step(changed, expected, alsoChanged);
    }

    /**
     * Begins a transaction with a change. All take the kinds in the same order, and so do not wait for each other in a circle.
     *
     * @throws OutdatedException if it was decided from something outdated
     */
    void take(Step step, WriteConnection connection) {
        if (!isShared) {
            return;
        }
        for (Kind kind : Kind.values()) {
            Long expected = step.expected.get(kind);
            if (kind == step.changed) {
                if (connection.execute(RAISE_IF, name(kind), expected) == 0) {
                    throw new OutdatedException(kind);
                }
            } else if (expected != null) {
                if (!expected.equals(connection.queryFirst(NUMBER_KEPT, row -> row.getLong(1), name(kind)))) {
                    throw new OutdatedException(kind);
                }
            } else if (step.alsoChanged.contains(kind)) {
                connection.execute(RAISE, name(kind));
            }
        }
    }

    /** The change is durable, and about to be in this server's memory. */
    void taken(Step step) {
        if (!isShared) {
            return;
        }
        long before = step.expected.getOrDefault(step.changed, NEVER_LOADED);
        loaded.replace(step.changed, before, before + 1);
        listeners.forEach(listener -> {
            listener.accept(step.changed);
            step.alsoChanged.forEach(listener);
        });
    }

    /**
     * Raises the number of a kind whose changes are decided on from what is stored, not from memory. Nobody else raises it until the
     * transaction has ended.
     *
     * @return the number from then on
     */
    public long raise(Kind kind, WriteConnection connection) {
        Long number = connection.queryFirst(RAISE + " RETURNING number", row -> row.getLong(1), name(kind));
        if (number == null) {
            throw new IllegalStateException("the table generations lacks " + name(kind));
        }
        return number;
    }

    /** Such a change is durable. */
    public void raised(Kind kind) {
        listeners.forEach(listener -> listener.accept(kind));
    }

    private static String name(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
