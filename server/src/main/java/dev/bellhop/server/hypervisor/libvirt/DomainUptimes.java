// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Since when domains run, of those whose start was seen: libvirt tells it when it happens and at no other time. Thread safe.
 */
final class DomainUptimes {
    private final Map<UUID, Long> nanoTimes = new ConcurrentHashMap<>();

    void begun(UUID domain, long nanoTime) {
        nanoTimes.put(domain, nanoTime);
    }

    void ended(UUID domain) {
        nanoTimes.remove(domain);
    }

    /** Nothing is heard any more: a domain may end unseen, and another run of it begin. */
    void forget() {
        nanoTimes.clear();
    }

    @Nullable
    Duration uptime(UUID domain) {
        Long begun = nanoTimes.get(domain);
        return begun == null ? null : Duration.ofNanos(System.nanoTime() - begun);
    }
}
