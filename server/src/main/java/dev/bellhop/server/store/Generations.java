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
 * Keeps a server's in-memory copies of stored data consistent with the writes of other servers in its cluster.
 *
 * <p>Each kind has a number in the table {@code generations}. A change raises it in its own transaction, and fails with
 * an {@link OutdatedException} if the number differs from this server's copy. So decisions made from memory hold for
 * the stored data, and two servers cannot both use the last free place under a limit. The other servers compare all
 * numbers once a second and reload changed kinds. A server that has the database to itself does none of this. Thread
 * safe.
 */
public final class Generations {
    /** A server that has lost the database accepts a revoked key for at most this long. */
    public static final Duration MAX_AGE = Duration.ofSeconds(5);

    private static final String NUMBER = "SELECT number FROM generations WHERE kind = ?";

    /** Keeps the number from changing until this transaction ends. */
    private static final String NUMBER_KEPT = NUMBER + " FOR SHARE";

    private static final String RAISE = "UPDATE generations SET number = number + 1 WHERE kind = ?";
    private static final String RAISE_IF = RAISE + " AND number = ?";
    private static final long NEVER_LOADED = -1;

    private final boolean isShared;
    private final LongSupplier nanos;

    /** The numbers of the copies in memory. A copy may be newer than its number, never older. */
    private final ConcurrentMap<Kind, Long> loaded = new ConcurrentHashMap<>();

    private final ConcurrentMap<Kind, Runnable> reloads = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<Consumer<Kind>> listeners = new CopyOnWriteArrayList<>();
    private volatile Runnable lookSoon = () -> {};
    private volatile long currentSince;

    /** @param isShared whether other servers also use the database */
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

    /** Registers the reload of a kind. It runs on a thread of the store after another server's change. */
    public void watch(Kind kind, Runnable reload) {
        reloads.put(kind, reload);
    }

    /**
     * Registers a listener for changes by this server. It is called after the commit, to notify other servers before
     * their next poll.
     */
    public void listen(Consumer<Kind> listener) {
        listeners.add(listener);
    }

    /** Compares the numbers now instead of within a second, because a kind may have changed. Does not block. */
    public void lookSoon() {
        lookSoon.run();
    }

    /** Registers the action behind {@link #lookSoon}. Called once, by the polling thread. */
    public void lookedAtBy(Runnable look) {
        lookSoon = look;
    }

    /** Returns whether the copies in memory are at most a few seconds old. */
    public boolean isCurrent() {
        return !isShared || nanos.getAsLong() - currentSince < MAX_AGE.toNanos();
    }

    /**
     * Refuses a request if its decision would rely on outdated data.
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

    /** Reloads the kinds that other servers have changed, according to freshly read numbers. */
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

    /** Remembers the generation of the data that the caller reads next. */
    void beginLoading(Kind kind, ReadConnection connection) {
        if (isShared) {
            loaded.put(kind, connection.queryOne(NUMBER, row -> row.getLong(1), name(kind)));
        }
    }

    /**
     * The effect of a change on the numbers.
     *
     * @param expected the numbers of the kinds that the decision relied on
     */
    record Step(Kind changed, Map<Kind, Long> expected, Set<Kind> alsoChanged) {}

    /**
     * Returns the step for a change. The caller must exclude other decisions until it has handed the change to the
     * writer.
     */
    Step step(Kind changed, Set<Kind> reliesOn, Set<Kind> alsoChanged) {
        Map<Kind, Long> expected = new EnumMap<>(Kind.class);
        expected.put(changed, loaded.getOrDefault(changed, NEVER_LOADED));
        reliesOn.forEach(kind -> expected.put(kind, loaded.getOrDefault(kind, NEVER_LOADED)));
        return new Step(changed, expected, alsoChanged);
    }

    /**
     * Begins a transaction with a change. All transactions lock the kinds in the same order, so they cannot deadlock.
     *
     * @throws OutdatedException if the decision relied on outdated data
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

    /** Records that the change is durable. The caller is about to apply it in memory. */
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
     * Raises the number of a kind whose changes are decided from stored data, not from memory. No other transaction can
     * raise it until this one ends.
     *
     * @return the new number
     */
    public long raise(Kind kind, WriteConnection connection) {
        Long number = connection.queryFirst(RAISE + " RETURNING number", row -> row.getLong(1), name(kind));
        if (number == null) {
            throw new IllegalStateException("the table generations lacks " + name(kind));
        }
        return number;
    }

    /** Records that such a change is durable. */
    public void raised(Kind kind) {
        listeners.forEach(listener -> listener.accept(kind));
    }

    private static String name(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
