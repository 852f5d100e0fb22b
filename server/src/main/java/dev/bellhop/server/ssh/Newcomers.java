// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.access.AddressBlock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Places for connections that have not logged in yet. Logged-in connections have separate places, so strangers cannot
 * use those up. Among newcomers, no address keeps out others for long:
 *
 * <ol>
 *   <li>Each address has a number of places. One more connection from there closes the address's oldest, unless there
 *       was a recent login from there: then it can have more while there is room. An address that has sent too many
 *       wrong keys, without a recent login, has two places, and further connections are refused: otherwise, its key
 *       exchanges would still cost the full amount.
 *   <li>If all places are taken, the address with the most connections loses its oldest. If several addresses have as
 *       many, an address with a recent login is spared.
 * </ol>
 *
 * <p>An attacker with many addresses thus has to open all places again within the time that a login needs. Thread safe.
 *
 * @param <C> a connection
 */
final class Newcomers<C> {
    static final int PLACES = 200;
    static final int PER_ADDRESS = 50;
    static final int OF_SUSPECT = 2;

    private static final Duration KNOWN_FOR = Duration.ofHours(1);
    private static final int MAX_KNOWN = 10_000;

    private final Cache<AddressBlock, Boolean> known = Caffeine.newBuilder()
            .expireAfterWrite(KNOWN_FOR)
            .maximumSize(MAX_KNOWN)
            .executor(Runnable::run)
            .build();

    /** Ordered from the oldest. Guarded by the lock. */
    private final Map<C, AddressBlock> waiting = new LinkedHashMap<>();

    /**
     * The decision on a newcomer.
     *
     * @param admitted whether it can stay
     * @param closed the connection that has to end for it; empty if there is room
     */
    record Decision<C>(boolean admitted, Optional<C> closed) {}

    /** @param suspect whether too many logins from there have failed */
    synchronized Decision<C> enter(C connection, AddressBlock from, boolean suspect) {
        List<C> same = of(from);
        Optional<C> going = Optional.empty();
        if (suspect && !isKnown(from) && same.size() >= OF_SUSPECT) {
            return new Decision<>(false, going);
        }
        if (same.size() >= PER_ADDRESS && (!isKnown(from) || waiting.size() >= PLACES)) {
            going = Optional.of(same.getFirst());
        } else if (waiting.size() >= PLACES) {
            going = Optional.of(of(mostCrowded()).getFirst());
        }
        going.ifPresent(waiting::remove);
        waiting.put(connection, from);
        return new Decision<>(true, going);
    }

    private List<C> of(AddressBlock from) {
        return waiting.entrySet().stream()
                .filter(each -> each.getValue().equals(from))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Checks if there was a recent login from that address. */
    boolean isKnown(AddressBlock from) {
        return known.getIfPresent(from) != null;
    }

    /**
     * Returns the address with the most connections; of several, one without a recent login, then the one whose oldest
     * came first.
     */
    private AddressBlock mostCrowded() {
        Map<AddressBlock, Long> counts = waiting.values().stream()
                .collect(Collectors.groupingBy(Function.identity(), LinkedHashMap::new, Collectors.counting()));
        return counts.entrySet().stream()
                .max(Map.Entry.<AddressBlock, Long>comparingByValue().thenComparing(each -> !isKnown(each.getKey())))
                .orElseThrow()
                .getKey();
    }

    /** Frees the connection's place; its address is known from now on. */
    synchronized void loggedIn(C connection, AddressBlock from) {
        waiting.remove(connection);
        known.put(from, true);
    }

    synchronized void gone(C connection) {
        waiting.remove(connection);
    }
}
