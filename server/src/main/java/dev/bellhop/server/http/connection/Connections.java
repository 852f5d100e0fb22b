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
 * Decides who may hold a connection, and whose is closed to make room for another.
 *
 * <p>A connection costs a stranger nothing and the server memory, so there is a limit; and whoever reaches a limit first must
 * not lock out the others. So a connection is never worth more than what was shown on it, its {@link Standing}: a stranger's
 * least, then one from an address from which a key was accepted lately or that is a named proxy, then one whose last request
 * had an accepted key. Three rules follow:
 *
 * <ol>
 *   <li>One address holds so many at most. For one more of its own, one of its own is closed.
 *   <li>Strangers together hold three quarters of all at most. For one more stranger, a stranger is closed. The last quarter is
 *       for those who are known.
 *   <li>Where all are taken, one of the lowest standing is closed. So those who are known take places of strangers; and where
 *       they have taken all, a stranger gets one, who may have a key that the server has not seen yet.
 * </ol>
 *
 * <p>Closed is the one on which nothing has happened for the longest. A connection whose request the server is working on is
 * never closed, unless it is a stranger's: what strangers may ask for takes no time, and one that does not read its answer
 * looks the same. Where none may be closed, the newcomer is.
 *
 * <p>An attacker with one address thus takes its own connections away. One with thousands keeps all that strangers may have,
 * each for as long as it takes him to open that many more; whoever sends a request at once is served even so, and known
 * addresses do not notice.
 *
 * <p>Thread safe. A request writes only to its own connection. The lock is for opening and closing one, and for a new standing.
 * So the order in which connections would be closed may be out of date: a connection may have been used later than the order
 * says, or wait to show its key again. Whoever looks for the first one puts those in their place and takes out those that are being served. Each
 * such step is paid for by a request, so an attack cannot make the search long.
 */
public final class Connections implements SelectorManager.AcceptListener {
    private static final Duration KNOWN_FOR = Duration.ofHours(1);
    private static final int MAX_KNOWN = 10_000;
    private static final long RENEWAL_INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();

    /** Of this many parts, one is kept for addresses that are known. */
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

    /** Changed under the lock, like all that follows. */
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

    /** What was shown on a connection, the least first. */
    private enum Standing {
        STRANGER,
        NEIGHBOUR,
        KEYED
    }

    /** Where connections come from that count together. */
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

        /** Written under the lock, like what it is ranked by. */
        private volatile Standing standing;

        private long rankedAt;

        /** It was being served when somebody looked for one to close, so it is not in the order. */
        private volatile boolean setAside;

        /** Absent until it is set up. */
        private @Nullable EndPoint endPoint;

        /** Its standing from the next step of its request on. Written by the request, like what follows. */
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
     * Takes in a connection, for which another one may be closed.
     *
     * @param from absent where that is not known
     * @return whether it may stay; else it is to be closed
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

    /** The first to go, of those up to a standing; absent where there is none. */
    private @Nullable Held first(NavigableSet<Held> those, Standing highest) {
        while (!those.isEmpty()) {
            Held held = those.getFirst();
            if (held.standing.compareTo(highest) > 0) {
                return null;
            }
            if (held.served) {
                unrank(held);
                held.setAside = true;
                // Its answer may have ended between the two, when nobody was told to put it back.
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

    /** Puts it into the order as what was shown on it, and when it was used, have it now. */
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

    /** A connection that was admitted is set up, and waits for its first request. */
    synchronized void opened(EndPoint endPoint) {
        Held held = held(endPoint);
        if (held != null) {
            held.endPoint = endPoint;
            held.usedAt = System.nanoTime();
            rank(held);
        }
    }

    /** The headers of a request have arrived. A key that comes with it is accepted before the connection would lose its standing. */
    void begun(EndPoint endPoint) {
        Held held = held(endPoint);
        if (held != null) {
            held.usedAt = System.nanoTime();
            held.shown = standing(held.place);
        }
    }

    /** The key of the request was accepted. */
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

    /** All of the request has arrived, and the server is at work on it. */
    void received(EndPoint endPoint) {
        Held held = held(endPoint);
        if (held != null) {
            // Lower only when it is answered: its next request may show the key again, and then no request needs the
            // lock.
            if (held.shown.compareTo(held.standing) > 0) {
                rank(held);
            }
            held.served = held.shown != Standing.STRANGER;
        }
    }

    /** The answer has been written, and the next request is waited for. */
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

    /** One that was admitted has ended before it was set up. */
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

    /** What lies under a connection, and under the TLS around it. */
    private static Object channel(EndPoint endPoint) {
        Object transport = endPoint.getTransport();
        while (transport instanceof EndPoint around) {
            transport = around.getTransport();
        }
        return transport;
    }
}
