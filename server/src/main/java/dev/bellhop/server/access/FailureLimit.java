// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Limits how many requests with a wrong or missing secret an address can send. Thread safe. */
public final class FailureLimit {
    private final int perMinute;
    private final String secret;
    private final TokenBuckets<AddressBlock> failures;

    /**
     * Starts with a count of zero.
     *
     * @param secret the name of the secret in messages, such as {@code API key}
     * @param nanos a clock such as {@link System#nanoTime}
     */
    public FailureLimit(int perMinute, String secret, LongSupplier nanos) {
        this.perMinute = perMinute;
        this.secret = secret;
        this.failures = new TokenBuckets<>(perMinute, Duration.ofMinutes(1), nanos);
    }

    /** Counts a failure; returns false if it exceeds the limit. */
    boolean take(AddressBlock from) {
        return failures.take(from);
    }

    void giveBack(AddressBlock from) {
        failures.giveBack(from);
    }

    /** Counts a failure; throws {@code TOO_MANY_FAILURES} if it exceeds the limit. */
    public void failed(AddressBlock from) {
        if (!take(from)) {
            throw tooMany(from);
        }
    }

    /**
     * Checks a secret, unless the address has already sent too many wrong ones; then it throws
     * {@code TOO_MANY_FAILURES}.
     *
     * @param attempt fails with {@code UNAUTHORIZED} if the secret is wrong
     */
    public <T> T tried(AddressBlock from, Supplier<T> attempt) {
        failed(from);
        try {
            T done = attempt.get();
            giveBack(from);
            return done;
        } catch (BellhopException e) {
            if (e.code() != ErrorCode.UNAUTHORIZED) {
                giveBack(from);
            }
            throw e;
        }
    }

    RateLimit state(AddressBlock from) {
        return failures.state(from, perMinute);
    }

    BellhopException tooMany(AddressBlock from) {
        return new BellhopException(
                ErrorCode.TOO_MANY_FAILURES,
                "Cannot take one more request without a valid " + secret + " from this address now because " + perMinute
                        + " a minute are as many as it may send; check the "
                        + secret.substring(secret.lastIndexOf(' ') + 1),
                perMinute,
                failures.secondsToWait(from));
    }
}
