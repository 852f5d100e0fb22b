// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** How long something has gone on without a break. Used by one thread. */
public final class Stopwatch {
    private final LongSupplier nanoTime;
    private @Nullable Long since;

    public Stopwatch(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** It goes on, or begins. Says whether it has gone on for longer than this. */
    public boolean exceeds(Duration time) {
        long now = nanoTime.getAsLong();
        if (since == null) {
            since = now;
        }
        return now - since > time.toNanos();
    }

    /** For how long it has gone on; zero where it does not. */
    public Duration length() {
        return since == null ? Duration.ZERO : Duration.ofNanos(nanoTime.getAsLong() - since);
    }

    public void ends() {
        since = null;
    }
}
