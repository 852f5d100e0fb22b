// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.access.RecordedUses;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.Writes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores when keys were last used: once a minute, and when the server stops. In a cluster, it also learns this from
 * other servers.
 */
final class KeyUseRecorder implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(KeyUseRecorder.class);
    private static final Duration PERIOD = Duration.ofMinutes(1);

    private final List<RecordedUses> kinds;
    private final boolean hasOthers;
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("key-uses").factory());

    /** @param hasOthers whether other servers accept the same keys */
    KeyUseRecorder(List<RecordedUses> kinds, boolean hasOthers) {
        this.kinds = List.copyOf(kinds);
        this.hasOthers = hasOthers;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Runs until the scheduler is shut down, and logs its own failures.
    void start() {
        scheduler.scheduleWithFixedDelay(this::exchange, PERIOD.toSeconds(), PERIOD.toSeconds(), TimeUnit.SECONDS);
    }

    private void exchange() {
        store();
        if (hasOthers) {
            try {
                kinds.forEach(RecordedUses::loadLastUses);
            } catch (BellhopException e) {
                log.warn("Cannot read now when keys were used by way of other servers; trying again in a while");
            }
        }
    }

    private void store() {
        for (RecordedUses kind : kinds) {
            try {
                Writes.await(kind.storeLastUses());
            } catch (RuntimeException e) {
                // The next attempt stores it.
                log.error("Cannot store now when keys were used; trying again in a while", e);
            }
        }
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
        store();
    }
}
