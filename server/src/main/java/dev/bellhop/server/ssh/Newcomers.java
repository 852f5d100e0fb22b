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
 * Places for connections that have not logged in yet. They are apart from those that have, so strangers take none of these; and among
 * themselves nobody keeps out others for long:
 *
 * <ol>
 *   <li>An address has some. For one more of its own, its oldest is closed, unless somebody has logged in from there lately: then it may
 *       have more while there is room. One that has sent too many wrong keys has two, and for one more has to wait: else its own key
 *       exchanges would cost as much as before.
 *   <li>Where all are taken, the oldest is closed of the address that has most of them; of those that have as many, one from which somebody
 *       has logged in lately is spared.
 * </ol>
 *
 * <p>An attacker with many addresses thus has to open all places anew in the moment that a login takes. Thread safe.
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

    /** The oldest first. Guarded by the lock. */
    private final Map<C, AddressBlock> waiting = new LinkedHashMap<>();

    /**
     * What becomes of a newcomer.
     *
     * @param admitted whether it may stay
     * @param closed the one whose place it gets; empty where there is room
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

    /** Whether there was a recent login from that address. */
    boolean isKnown(AddressBlock from) {
        return known.getIfPresent(from) != null;
    }

    /** Of those that are as crowded, the one whose oldest came first. */
    private AddressBlock mostCrowded() {
        Map<AddressBlock, Long> counts = waiting.values().stream()
                .collect(Collectors.groupingBy(Function.identity(), LinkedHashMap::new, Collectors.counting()));
        return counts.entrySet().stream()
                .max(Map.Entry.<AddressBlock, Long>comparingByValue().thenComparing(each -> !isKnown(each.getKey())))
                .orElseThrow()
                .getKey();
    }

    /** It needs no place any more; somebody from there is known from now on. */
    synchronized void loggedIn(C connection, AddressBlock from) {
        waiting.remove(connection);
        known.put(from, true);
    }

    synchronized void gone(C connection) {
        waiting.remove(connection);
    }
}
