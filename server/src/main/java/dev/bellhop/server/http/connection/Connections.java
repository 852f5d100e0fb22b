// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.access.AddressBlock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectorManager;
import org.jspecify.annotations.Nullable;

/**
 * Decides which connections to admit, and which one to close to make room for another.
 *
 * <p>A connection costs a stranger nothing but costs the server memory, so there is a limit. The first client to reach
 * a limit must not lock out the others. So the {@link Standing} of a connection depends on the proof shown on it. A
 * stranger's connection has the lowest. A connection from a named proxy, or from an address that recently used a valid
 * key, is next. A connection whose last request had a valid key has the highest. Three rules follow:
 *
 * <ol>
 *   <li>One address has a maximum. If it opens another connection, the server closes one from the same address.
 *   <li>All strangers together have at most three quarters of the connections. If another stranger connects, the server
 *       closes a stranger's connection. The last quarter is for known addresses.
 *   <li>If all connections are used, the server closes one of the lowest standing. So known clients replace strangers.
 *       If known clients hold all connections, a stranger replaces one, because it can have a key that the server has
 *       not seen yet.
 * </ol>
 *
 * <p>Among these, the server closes the connection with the longest time since its last activity. It never closes a
 * connection while it works on its request, unless the client is a stranger: strangers' requests take no time, and a
 * client that does not read its answer looks the same. If no connection can be closed, the server closes the new one.
 *
 * <p>So an attacker with one address displaces only its own connections. An attacker with thousands of addresses can
 * hold all of the strangers' connections, each for the time it needs to open that many more. A client that sends its
 * request immediately is still served, and known addresses are not affected.
 *
 * <p>Thread safe. A request writes only to its own connection. The lock is needed only to open or close a connection
 * and to change a standing. So the closing order can be out of date: a connection can have been used later than the
 * order says, or it is about to show its key again. The search for the first connection moves such connections to the
 * right place, and takes connections with a running request out of the order. Each such step follows from a request,
 * so an attack cannot make the search long.
 */
public final class Connections implements SelectorManager.AcceptListener {
    private static final Duration KNOWN_FOR = Duration.ofHours(1);
    private static final int MAX_KNOWN = 10_000;
    private static final long RENEWAL_INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();

    /** One part in this many is kept for known addresses. */
    private static final int RESERVE = 4;

    private static final Comparator<Held> FIRST_TO_GO = Comparator.<Held, Standing>comparing(held -> held.standing)
            .thenComparing((a, b) -> Long.signum(a.rankedAt - b.rankedAt))
            .thenComparingLong(held -> held.number);

    private final ConnectionLimits limits;
    private final Proxies proxies;
    private final Counter closedForOthers;
    private final Counter refused;
    private final Cache<AddressBlock, Boolean> known = Caffeine.newBuilder()
            .expireAfterWrite(KNOWN_FOR)
            .maximumSize(MAX_KNOWN)
            .executor(Runnable::run)
            .build();

    /** Changed under the lock, like the fields below. */
    private final ConcurrentMap<SelectableChannel, Held> all = new ConcurrentHashMap<>();

    private final Map<AddressBlock, Place> places = new HashMap<>();
    private final NavigableSet<Held> ranked = new TreeSet<>(FIRST_TO_GO);
    private int strangers;
    private long admitted;

    public Connections(ConnectionLimits limits, Proxies proxies, MeterRegistry metrics) {
        this.limits = limits;
        this.proxies = proxies;
        Gauge.builder("bellhop.connections", all::size)
                .description("Connections of clients that are open now")
                .register(metrics);
        this.closedForOthers = Counter.builder("bellhop.connections.closed")
                .description("Connections that were closed to make room for others")
                .register(metrics);
        this.refused = Counter.builder("bellhop.connections.refused")
                .description("Connections that were refused because there are too many")
                .register(metrics);
    }

    /** Standings, lowest first. */
    private enum Standing {
        STRANGER,
        NEIGHBOUR,
        KEYED
    }

    /** An address block whose connections count together. */
    private static final class Place {
        private final AddressBlock block;
        private final boolean proxy;

        /** Guarded by the lock, like the count. */
        private final NavigableSet<Held> ranked = new TreeSet<>(FIRST_TO_GO);

        private int count;
        private volatile long knownSince = System.nanoTime() - RENEWAL_INTERVAL_NANOS;

        private Place(AddressBlock block, boolean proxy) {
            this.block = block;
            this.proxy = proxy;
        }
    }

    private static final class Held {
        private final SelectableChannel channel;
        private final Place place;
        private final long number;

        /** Written under the lock, like the time it is ranked by. */
        private volatile Standing standing;

        private long rankedAt;

        /** Whether it is missing from the order because its request was running during a search. */
        private volatile boolean setAside;

        /** Absent until it is set up. */
        private @Nullable EndPoint endPoint;

        /** Its standing from the next step of its request on. Written by the request, like the fields below. */
        private volatile Standing shown;

        private volatile long usedAt = System.nanoTime();
        private volatile boolean served;

        private Held(SelectableChannel channel, Place place, Standing standing, long number) {
            this.channel = channel;
            this.place = place;
            this.standing = standing;
            this.shown = standing;
            this.number = number;
        }
    }

    /**
     * Admits a connection, and can close another one for it.
     *
     * @param from absent if the address is unknown
     * @return whether it can stay; otherwise the caller closes it
     */
    boolean admit(SelectableChannel channel, @Nullable InetAddress from) {
        Decision decision = decide(channel, from);
        if (decision.closed != null) {
            closedForOthers.increment();
            decision.closed.close();
        }
        if (!decision.admitted) {
            refused.increment();
        }
        return decision.admitted;
    }

    private record Decision(boolean admitted, @Nullable EndPoint closed) {}

    private synchronized Decision decide(SelectableChannel channel, @Nullable InetAddress from) {
        AddressBlock block = AddressBlock.of(from);
        Place place = places.get(block);
        if (place == null) {
            place = new Place(block, from != null && proxies.include(from));
        }
        Standing standing = standing(place);
        @Nullable Held going = null;
        if (!place.proxy && place.count >= limits.perAddress()) {
            going = first(place.ranked, Standing.KEYED);
        } else if (standing == Standing.STRANGER
                && strangers >= limits.connections() - limits.connections() / RESERVE) {
            going = first(ranked, Standing.STRANGER);
        } else if (all.size() >= limits.connections()) {
            going = first(ranked, Standing.KEYED);
        } else {
            add(new Held(channel, place, standing, ++admitted));
            return new Decision(true, null);
        }
        if (going == null) {
            return new Decision(false, null);
        }
        remove(going);
        add(new Held(channel, place, standing, ++admitted));
        return new Decision(true, going.endPoint);
    }

    private Standing standing(Place place) {
        return place.proxy || known.getIfPresent(place.block) != null ? Standing.NEIGHBOUR : Standing.STRANGER;
    }

    /** Returns the first connection to close, up to a standing; absent if there is none. */
    private @Nullable Held first(NavigableSet<Held> those, Standing highest) {
        while (!those.isEmpty()) {
            Held held = those.getFirst();
            if (held.standing.compareTo(highest) > 0) {
                return null;
            }
            if (held.served) {
                unrank(held);
                held.setAside = true;
                // If its answer ended before setAside was set, answered() did not put it back.
                if (!held.served) {
                    rank(held);
                }
            } else if (held.usedAt == held.rankedAt) {
                return held;
            } else {
                rank(held);
            }
        }
        return null;
    }

    private void add(Held held) {
        all.put(held.channel, held);
        places.put(held.place.block, held.place);
        held.place.count++;
        strangers += held.standing == Standing.STRANGER ? 1 : 0;
    }

    private void remove(Held held) {
        all.remove(held.channel);
        unrank(held);
        held.place.count--;
        strangers -= held.standing == Standing.STRANGER ? 1 : 0;
        if (held.place.count == 0) {
            places.remove(held.place.block);
        }
    }

    private void unrank(Held held) {
        ranked.remove(held);
        held.place.ranked.remove(held);
    }

    /** Puts it into the order by its current standing and last use. */
    private synchronized void rank(Held held) {
        if (all.get(held.channel) != held) {
            return;
        }
        unrank(held);
        Standing shown = held.shown;
        strangers += (shown == Standing.STRANGER ? 1 : 0) - (held.standing == Standing.STRANGER ? 1 : 0);
        held.standing = shown;
        held.rankedAt = held.usedAt;
        held.setAside = false;
        ranked.add(held);
        held.place.ranked.add(held);
    }

    private void settle(Held held) {
        if (held.standing != held.shown) {
            rank(held);
        }
    }

    private @Nullable Held held(EndPoint endPoint) {
        return all.get(channel(endPoint));
    }

    /** Called when an admitted connection is set up and waits for its first request. */
    synchronized void opened(EndPoint endPoint) {
        Held held = held(endPoint);
        if (held != null) {
            held.endPoint = endPoint;
            held.usedAt = System.nanoTime();
            rank(held);
        }
    }

    /**
     * Called when the headers of a request have arrived. A key in them is accepted before the connection would lose its
     * standing.
     */
    void begun(EndPoint endPoint) {
        Held held = held(endPoint);
        if (held != null) {
            held.usedAt = System.nanoTime();
            held.shown = standing(held.place);
        }
    }

    /** Called when the key of the request is accepted. */
    void keyAccepted(EndPoint endPoint) {
        Held held = held(endPoint);
        if (held != null) {
            long now = System.nanoTime();
            if (now - held.place.knownSince >= RENEWAL_INTERVAL_NANOS) {
                held.place.knownSince = now;
                known.put(held.place.block, true);
            }
            held.usedAt = now;
            held.shown = Standing.KEYED;
            settle(held);
        }
    }

    /** Called when all of the request has arrived and the server works on it. */
    void received(EndPoint endPoint) {
        Held held = held(endPoint);
        if (held != null) {
            // Reduces the standing only after the answer: if the next request shows the key again, no request needs the
            // lock.
            if (held.shown.compareTo(held.standing) > 0) {
                rank(held);
            }
            held.served = held.shown != Standing.STRANGER;
        }
    }

    /** Called when the answer is written and the connection waits for its next request. */
    void answered(EndPoint endPoint) {
        Held held = held(endPoint);
        if (held != null) {
            held.usedAt = System.nanoTime();
            held.served = false;
            settle(held);
            if (held.setAside) {
                rank(held);
            }
        }
    }

    synchronized void closed(EndPoint endPoint) {
        gone(channel(endPoint));
    }

    /** Forgets an admitted connection that ended before it was set up. */
    @Override
    public synchronized void onAcceptFailed(SelectableChannel channel, Throwable cause) {
        gone(channel);
    }

    private void gone(Object channel) {
        Held held = all.get(channel);
        if (held != null) {
            remove(held);
        }
    }

    /** Returns the socket channel under a connection, and under its TLS if it has any. */
    private static Object channel(EndPoint endPoint) {
        Object transport = endPoint.getTransport();
        while (transport instanceof EndPoint around) {
            transport = around.getTransport();
        }
        return transport;
    }
}
