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
 * A bucket of tokens for each caller: a request takes one, and they come back at an even pace. A bucket that is full again
 * is forgotten, and so is the one not used for the longest where there are too many: the table stays small however many
 * callers there are. Thread safe.
 */
public final class TokenBuckets<K> {
    static final int MAX_BUCKETS = 10_000;

    private final LoadingCache<K, Bucket> buckets;

    /**
     * @param fills the time in which an empty bucket fills up
     * @param nanos as {@link System#nanoTime}
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

    /** Takes tokens that may not be there yet: the caller has to wait until they are. */
    void charge(K caller, long tokens) {
        buckets.get(caller).consumeIgnoringRateLimits(tokens);
    }

    /** Takes one, once there is one; false where there is none within so long, in real time, or the thread is interrupted. */
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

    /** Whole seconds until there is a token, 1 or more. */
    int secondsToWait(K caller) {
        return (int) Math.max(1, Math.ceilDiv(nanosToWait(caller), TimeUnit.SECONDS.toNanos(1)));
    }

    /**
     * Returns how a caller stands.
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
