// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.access.Keys;
import dev.bellhop.server.failure.Writes;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stores when keys were used last: once a minute, and when the server stops. */
final class KeyUseRecorder implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(KeyUseRecorder.class);
    private static final Duration PERIOD = Duration.ofMinutes(1);

    private final Keys keys;
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("key-uses").factory());

    KeyUseRecorder(Keys keys) {
        this.keys = keys;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Runs until the scheduler is shut down, and tells its own failures.
    void start() {
        scheduler.scheduleWithFixedDelay(this::store, PERIOD.toSeconds(), PERIOD.toSeconds(), TimeUnit.SECONDS);
    }

    private void store() {
        try {
            Writes.await(keys.storeLastUses());
        } catch (RuntimeException e) {
            // What is not stored now goes with the next.
            log.error("Cannot store now when keys were used; trying again in a while", e);
        }
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
        store();
    }
}
