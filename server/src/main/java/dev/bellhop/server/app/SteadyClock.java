// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.function.LongSupplier;

/**
 * The time of day by which old things are deleted, which is gone for good: one that jumps ahead, by a mistake that is put right a
 * moment later, is believed no faster than time has gone by since the server was started.
 */
final class SteadyClock extends Clock {
    private final Clock clock;
    private final LongSupplier nanos;
    private final Instant begun;
    private final long begunNanos;

    /** @param nanos the time, as {@link System#nanoTime} tells it */
    SteadyClock(Clock clock, LongSupplier nanos) {
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

    @Override
    public ZoneId getZone() {
        return clock.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return new SteadyClock(clock.withZone(zone), nanos);
    }
}
