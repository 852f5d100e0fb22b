// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * When keys were used last, to the second. A request costs a look-up; what is new is handed out now and then, to be stored.
 * Thread safe.
 */
final class LastUses {
    private static final long EXACT_MILLIS = 1000;

    private final ConcurrentMap<String, Long> millis = new ConcurrentHashMap<>();
    private final Set<String> changed = ConcurrentHashMap.newKeySet();

    void known(String keyId, Instant time) {
        millis.merge(keyId, time.toEpochMilli(), Math::max);
    }

    void forget(String keyId) {
        millis.remove(keyId);
        changed.remove(keyId);
    }

    void used(String keyId, Instant now) {
        long time = now.toEpochMilli();
        Long before = millis.get(keyId);
        if (before == null || time - before >= EXACT_MILLIS) {
            millis.put(keyId, time);
            changed.add(keyId);
        }
    }

    Optional<Instant> of(String keyId) {
        return Optional.ofNullable(millis.get(keyId)).map(Instant::ofEpochMilli);
    }

    Map<String, Instant> takeChanged() {
        Map<String, Instant> times = new HashMap<>();
        for (String keyId : Set.copyOf(changed)) {
            // In this order: a use that comes in between is handed out the next time.
            changed.remove(keyId);
            of(keyId).ifPresent(time -> times.put(keyId, time));
        }
        return times;
    }

    void putBack(Set<String> keyIds) {
        changed.addAll(keyIds);
    }
}
