// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The requests that follow a command or wait for its end: each holds a connection for long. Thread safe. */
public final class Followers {
    /** Seconds. They last as long as commands do, so this is no more than a pause between two askings. */
    private static final int RETRY_AFTER = 5;

    private final CallerLimits limits;

    /** Of an account, whose holders make keys as they like, or of a key of none. Guarded by this, like all. */
    private final Map<String, Integer> byHolder = new HashMap<>();

    private int all;

    public Followers(CallerLimits limits, MeterRegistry metrics) {
        this.limits = limits;
        Gauge.builder("bellhop.followers", this::count)
                .description("Requests that follow a command or wait for its end now")
                .register(metrics);
    }

    /** A place among them, until it is closed. For one thread. */
    public interface Place extends AutoCloseable {
        /** That of a request which does not wait. */
        Place NONE = () -> {};

        @Override
        void close();
    }

    /**
     * Takes a place for one more.
     *
     * @throws BellhopException {@code TOO_MANY_FOLLOWERS}
     */
    public synchronized Place enter(Key key) {
        String account = key.account();
        String holder = account == null ? key.id() : account;
        int now = byHolder.getOrDefault(holder, 0);
        if (now >= limits.followersPerKey()) {
            throw tooMany(
                    (account == null ? "this key has " : "the keys of this account have ") + now + " of them",
                    limits.followersPerKey());
        }
        if (all >= limits.followers()) {
            // How many that are is the operator's to know.
            throw tooMany("the server has as many as it takes", account == null ? limits.followers() : null);
        }
        count(holder, 1);
        return () -> count(holder, -1);
    }

    private static BellhopException tooMany(String how, @Nullable Integer limit) {
        return new BellhopException(
                ErrorCode.TOO_MANY_FOLLOWERS,
                "Cannot follow one more command or wait for its end now because " + how
                        + " already; try again when some have ended, or do not wait",
                limit,
                RETRY_AFTER);
    }

    private synchronized void count(String holder, int change) {
        all += change;
        byHolder.merge(holder, change, (a, b) -> a + b == 0 ? null : a + b);
    }

    private synchronized int count() {
        return all;
    }
}
