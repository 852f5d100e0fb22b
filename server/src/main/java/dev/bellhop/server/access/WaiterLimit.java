// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairLimit;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Limits the requests that follow a command or wait for its end, because each of them holds a connection for long.
 * Accounts share the places fairly, so some are left for the next account. Thread safe.
 */
public final class WaiterLimit {
    /** Seconds. Places are held as long as commands run, so this only spaces out retries. */
    private static final int RETRY_AFTER = 5;

    private final CallerLimits limits;

    private final FairLimit places;

    public WaiterLimit(CallerLimits limits, MeterRegistry metrics) {
        this.limits = limits;
        this.places = new FairLimit(limits.followers());
        Gauge.builder("bellhop.followers", places::held)
                .description("Requests that follow a command or wait for its end now")
                .register(metrics);
    }

    /** A place for one waiting request, held until it is closed. For one thread. */
    public interface Place extends AutoCloseable {
        /** The place of a request that does not wait. */
        Place NONE = () -> {};

        @Override
        void close();
    }

    /** Takes a place; throws {@code TOO_MANY_FOLLOWERS}. */
    public synchronized Place enter(Key key) {
        String holder = key.holder();
        long now = places.heldBy(holder);
        boolean shared = !key.tenant().isOperator();
        if (now >= limits.followersPerKey()) {
            throw tooMany(
                    (shared ? "the keys of this account have " : "this key has ") + now + " of them already",
                    limits.followersPerKey());
        }
        if (!places.take(holder, 1)) {
            // Only the operator may know this number.
            throw tooMany(
                    "the server leaves the places that are free to those who have fewer",
                    shared ? null : limits.followers());
        }
        return () -> places.giveBack(holder, 1);
    }

    private static BellhopException tooMany(String how, @Nullable Integer limit) {
        return new BellhopException(
                ErrorCode.TOO_MANY_FOLLOWERS,
                "Cannot follow one more command or wait for its end now because " + how
                        + "; try again when some have ended, or do not wait",
                limit,
                RETRY_AFTER);
    }
}
