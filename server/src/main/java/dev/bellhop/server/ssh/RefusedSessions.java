// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Refused connections, kept open until the server can send the reason. SSH has no message for that before both sides
 * have named their algorithms. Only a few wait at a time, and not for long, because strangers open them for free.
 * Thread safe.
 *
 * @param <C> a connection
 */
final class RefusedSessions<C> {
    static final int PLACES = 50;

    /** A client needs one round trip. */
    private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final LongSupplier nanos;
    private final Map<C, Refused> waiting = new HashMap<>();

    private record Refused(String reason, long since) {}

    /** @param nanos a clock such as {@link System#nanoTime} */
    RefusedSessions(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Returns false if there is no place, so the connection has to end without a reason. */
    synchronized boolean add(C connection, String reason) {
        return waiting.size() < PLACES
                && waiting.putIfAbsent(connection, new Refused(reason, nanos.getAsLong())) == null;
    }

    /** Returns why a connection is refused; empty if it is not refused. */
    synchronized Optional<String> reason(C connection) {
        return Optional.ofNullable(waiting.get(connection)).map(Refused::reason);
    }

    synchronized void remove(C connection) {
        waiting.remove(connection);
    }

    /** Returns the connections whose client was too slow for the reason. */
    synchronized List<C> overdue() {
        long now = nanos.getAsLong();
        return waiting.entrySet().stream()
                .filter(each -> now - each.getValue().since > WAIT_NANOS)
                .map(Map.Entry::getKey)
                .toList();
    }
}
