// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The clock for permanent deletion of old data. If the system clock jumps ahead by mistake, this clock still advances
 * no faster than time has passed since the server's start.
 */
final class SteadyClock implements InstantSource {
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Instant begun;
    private final long begunNanos;

    /** @param nanos the time, like {@link System#nanoTime} */
    SteadyClock(InstantSource clock, LongSupplier nanos) {
        this.clock = clock;
        this.nanos = nanos;
        this.begun = clock.instant();
        this.begunNanos = nanos.getAsLong();
    }

    @Override
    public Instant instant() {
        Instant said = clock.instant();
        Instant atMost = begun.plus(Duration.ofNanos(nanos.getAsLong() - begunNanos));
        return said.isBefore(atMost) ? said : atMost;
    }
}
