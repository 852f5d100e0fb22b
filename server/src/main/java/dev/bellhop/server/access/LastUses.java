// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/**
 * Holds the last uses of keys, by key id, to the second. A request costs a look-up; new uses are handed out
 * periodically to be stored. Thread safe.
 */
public final class LastUses {
    private static final long EXACT_MILLIS = 1000;

    private final ConcurrentMap<String, Long> millis = new ConcurrentHashMap<>();
    private final Set<String> changed = ConcurrentHashMap.newKeySet();

    public void known(String keyId, Instant time) {
        millis.merge(keyId, time.toEpochMilli(), Math::max);
    }

    public void forget(String keyId) {
        millis.remove(keyId);
        changed.remove(keyId);
    }

    public void used(String keyId, Instant now) {
        long time = now.toEpochMilli();
        Long before = millis.get(keyId);
        if (before == null || time - before >= EXACT_MILLIS) {
            millis.put(keyId, time);
            changed.add(keyId);
        }
    }

    public Optional<Instant> of(String keyId) {
        return Optional.ofNullable(millis.get(keyId)).map(Instant::ofEpochMilli);
    }

    /** Stores the new uses without waiting, and keeps them for the next time if that fails. */
    public CompletableFuture<Void> store(Function<Map<String, Instant>, CompletableFuture<Void>> update) {
        Map<String, Instant> times = takeChanged();
        return times.isEmpty()
                ? CompletableFuture.completedFuture(null)
                : update.apply(times).whenComplete((done, failure) -> {
                    if (failure != null) {
                        changed.addAll(times.keySet());
                    }
                });
    }

    private Map<String, Instant> takeChanged() {
        Map<String, Instant> times = new HashMap<>();
        for (String keyId : Set.copyOf(changed)) {
            // In this order, a use in between is handed out the next time.
            changed.remove(keyId);
            of(keyId).ifPresent(time -> times.put(keyId, time));
        }
        return times;
    }
}
