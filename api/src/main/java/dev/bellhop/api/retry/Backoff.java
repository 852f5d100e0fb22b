// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.retry;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/**
 * How long to wait before trying again: longer each time, up to a maximum, and a random part shorter, so that those who
 * failed together do not come back together. Never sleeps itself; the time that remains is its caller's matter.
 *
 * @param initial the longest first pause
 * @param max the longest of all
 * @param factor by which each pause is longer than the one before, at least 1
 * @param jitter how much shorter a pause may be, as a part of it: from 0 for none to 1
 */
public record Backoff(Duration initial, Duration max, double factor, double jitter) {
    private static final double USUAL_JITTER = 0.2;

    public Backoff {
        boolean isFit = initial.compareTo(Duration.ZERO) > 0
                && max.compareTo(initial) >= 0
                && factor >= 1
                && jitter >= 0
                && jitter <= 1;
        if (!isFit) {
            throw new IllegalArgumentException("no backoff: " + initial + ", " + max + ", " + factor + ", " + jitter);
        }
    }

    /** Twice as long each time, and up to a fifth shorter. */
    public static Backoff doubling(Duration initial, Duration max) {
        return new Backoff(initial, max, 2, USUAL_JITTER);
    }

    /**
     * The pause after so many failures.
     *
     * @param failures before the one that this pause follows; 0 for the first pause
     */
    public Duration pause(int failures) {
        return pause(failures, ThreadLocalRandom.current());
    }

    Duration pause(int failures, RandomGenerator random) {
        double full = Math.min((double) max.toNanos(), initial.toNanos() * Math.pow(factor, failures));
        return Duration.ofNanos(Math.round(full * (1 - jitter * random.nextDouble())));
    }
}
