// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Token buckets, one for each caller: a request takes a token, and tokens are refilled at a constant rate. Full buckets
 * are dropped, and so is the least recently used one if there are too many. This keeps the table small for any number
 * of callers. Thread safe.
 */
public final class TokenBuckets<K> {
    static final int MAX_BUCKETS = 10_000;

    private final LoadingCache<K, Bucket> buckets;

    /**
     * Creates a table of full buckets.
     *
     * @param fills the time to fill an empty bucket
     * @param nanos a clock such as {@link System#nanoTime}
     */
    public TokenBuckets(long capacity, Duration fills, LongSupplier nanos) {
        TimeMeter meter = new Meter(nanos);
        this.buckets = Caffeine.newBuilder()
                .maximumSize(MAX_BUCKETS)
                .expireAfterAccess(fills)
                .ticker(nanos::getAsLong)
                .executor(Runnable::run)
                .build(caller -> Bucket.builder()
                        .addLimit(limit -> limit.capacity(capacity).refillGreedy(capacity, fills))
                        .withCustomTimePrecision(meter)
                        .build());
    }

    private record Meter(LongSupplier nanos) implements TimeMeter {
        @Override
        public long currentTimeNanos() {
            return nanos.getAsLong();
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    }

    public boolean take(K caller) {
        return buckets.get(caller).tryConsume(1);
    }

    /** Takes tokens that may not be available yet; the caller then has to wait until they are. */
    void charge(K caller, long tokens) {
        buckets.get(caller).consumeIgnoringRateLimits(tokens);
    }

    /**
     * Waits up to {@code longest} of real time for a token; returns false on timeout or if the thread is interrupted.
     */
    boolean take(K caller, Duration longest) {
        long begun = System.nanoTime();
        while (!take(caller)) {
            long left = longest.toNanos() - (System.nanoTime() - begun);
            if (left <= 0 || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(Math.min(left, nanosToWait(caller)));
        }
        return true;
    }

    public void giveBack(K caller) {
        buckets.get(caller).addTokens(1);
    }

    /** Returns the whole seconds until a token is available, at least 1. */
    int secondsToWait(K caller) {
        return (int) Math.max(1, Math.ceilDiv(nanosToWait(caller), TimeUnit.SECONDS.toNanos(1)));
    }

    /**
     * Returns the present state of a caller's limit.
     *
     * @param limit at most the capacity of a bucket
     */
    RateLimit state(K caller, int limit) {
        long remaining = Math.clamp(buckets.get(caller).getAvailableTokens(), 0, limit);
        long nanos = remaining == limit ? 0 : nanosToWait(caller, limit);
        return new RateLimit(limit, remaining, Math.ceilDiv(nanos, TimeUnit.SECONDS.toNanos(1)));
    }

    private long nanosToWait(K caller) {
        return nanosToWait(caller, 1);
    }

    private long nanosToWait(K caller, int tokens) {
        return buckets.get(caller).estimateAbilityToConsume(tokens).getNanosToWaitForRefill();
    }

    long size() {
        buckets.cleanUp();
        return buckets.estimatedSize();
    }
}
