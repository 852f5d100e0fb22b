// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.access.AddressBlock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectorManager;
import org.jspecify.annotations.Nullable;

/**
 * Who may hold a connection, and whose is closed to make room for another.
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
 * <p>Each event takes constant time under one lock: an attack causes many. Thread safe.
 */
final class Connections implements SelectorManager.AcceptListener {
    private static final Duration KNOWN_FOR = Duration.ofHours(1);
    private static final int MOST_KNOWN = 10_000;

    /** Of this many parts, one is kept for addresses that are known. */
    private static final int RESERVE = 4;

    private final ConnectionLimits limits;
    private final Proxies proxies;
    private final Counter closedForOthers;
    private final Counter refused;

    /** Guarded by this, like all that follows. */
    private final Map<SelectableChannel, Held> all = new HashMap<>();

    private final Map<AddressBlock, Place> places = new HashMap<>();
    private final Ranks ranks = new Ranks();
    private final Cache<AddressBlock, Boolean> known = Caffeine.newBuilder()
            .expireAfterWrite(KNOWN_FOR)
            .maximumSize(MOST_KNOWN)
            .executor(Runnable::run)
            .build();
    private int strangers;

    Connections(ConnectionLimits limits, Proxies proxies, MeterRegistry metrics) {
        this.limits = limits;
        this.proxies = proxies;
        Gauge.builder("bellhop.connections", this::count)
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
        private final Ranks ranks = new Ranks();
        private int count;

        private Place(AddressBlock block, boolean proxy) {
            this.block = block;
            this.proxy = proxy;
        }
    }

    private static final class Held {
        private final SelectableChannel channel;
        private final Place place;
        private Standing standing;

        /** Absent until it is set up. */
        private @Nullable EndPoint endPoint;

        private Held(SelectableChannel channel, Place place, Standing standing) {
            this.channel = channel;
            this.place = place;
            this.standing = standing;
        }
    }

    /** Those that may be closed, by their standing, and in the order in which something happened on them. */
    private static final class Ranks {
        private final Map<Standing, SequencedSet<Held>> waiting = new EnumMap<>(Map.of(
                Standing.STRANGER, new LinkedHashSet<>(),
                Standing.NEIGHBOUR, new LinkedHashSet<>(),
                Standing.KEYED, new LinkedHashSet<>()));

        private SequencedSet<Held> of(Standing standing) {
            return Objects.requireNonNull(waiting.get(standing));
        }

        /** The first to go, of those up to a standing; absent where there is none. */
        private @Nullable Held first(Standing highest) {
            for (Standing standing : Standing.values()) {
                SequencedSet<Held> held = of(standing);
                if (!held.isEmpty()) {
                    return held.getFirst();
                }
                if (standing == highest) {
                    return null;
                }
            }
            return null;
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
            going = place.ranks.first(Standing.KEYED);
        } else if (standing == Standing.STRANGER
                && strangers >= limits.connections() - limits.connections() / RESERVE) {
            going = ranks.first(Standing.STRANGER);
        } else if (all.size() >= limits.connections()) {
            going = ranks.first(Standing.KEYED);
        } else {
            add(new Held(channel, place, standing));
            return new Decision(true, null);
        }
        if (going == null) {
            return new Decision(false, null);
        }
        remove(going);
        add(new Held(channel, place, standing));
        return new Decision(true, going.endPoint);
    }

    private Standing standing(Place place) {
        return place.proxy || known.getIfPresent(place.block) != null ? Standing.NEIGHBOUR : Standing.STRANGER;
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
        ranks.of(held.standing).remove(held);
        held.place.ranks.of(held.standing).remove(held);
    }

    /** Something has happened on it: it is the last to go among its like. */
    private void rank(Held held, Standing standing) {
        unrank(held);
        strangers += (standing == Standing.STRANGER ? 1 : 0) - (held.standing == Standing.STRANGER ? 1 : 0);
        held.standing = standing;
        ranks.of(standing).addLast(held);
        held.place.ranks.of(standing).addLast(held);
    }

    /** A connection that was admitted is set up, and waits for its first request. */
    synchronized void opened(EndPoint endPoint) {
        Held held = all.get(channel(endPoint));
        if (held != null) {
            held.endPoint = endPoint;
            rank(held, held.standing);
        }
    }

    /** The headers of a request have arrived. */
    synchronized void begun(EndPoint endPoint) {
        Held held = all.get(channel(endPoint));
        if (held != null) {
            rank(held, standing(held.place));
        }
    }

    /** The key of the request was accepted. */
    synchronized void keyAccepted(EndPoint endPoint) {
        Held held = all.get(channel(endPoint));
        if (held != null) {
            known.put(held.place.block, true);
            rank(held, Standing.KEYED);
        }
    }

    /** All of the request has arrived, and the server is at work on it. */
    synchronized void received(EndPoint endPoint) {
        Held held = all.get(channel(endPoint));
        if (held != null && held.standing != Standing.STRANGER) {
            unrank(held);
        }
    }

    /** The answer has been written, and the next request is waited for. */
    synchronized void answered(EndPoint endPoint) {
        Held held = all.get(channel(endPoint));
        if (held != null) {
            rank(held, held.standing);
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

    synchronized int count() {
        return all.size();
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
