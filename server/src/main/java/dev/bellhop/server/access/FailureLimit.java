// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** How many requests an address may send that show a wrong secret, or none where one is needed. Thread safe. */
public final class FailureLimit {
    private final int perMinute;
    private final String secret;
    private final TokenBuckets<AddressBlock> failures;

    /**
     * Counts from now on.
     *
     * @param secret what is to be shown, for a person: {@code API key}
     * @param nanos as {@link System#nanoTime}
     */
    public FailureLimit(int perMinute, String secret, LongSupplier nanos) {
        this.perMinute = perMinute;
        this.secret = secret;
        this.failures = new TokenBuckets<>(perMinute, Duration.ofMinutes(1), nanos);
    }

    /** Counts one; false where it is one too many. */
    boolean take(AddressBlock from) {
        return failures.take(from);
    }

    void giveBack(AddressBlock from) {
        failures.giveBack(from);
    }

    /** Counts one; throws {@code TOO_MANY_FAILURES}. */
    public void failed(AddressBlock from) {
        if (!take(from)) {
            throw tooMany(from);
        }
    }

    /**
     * Has a secret tried, unless the address has sent too many wrong ones already, which throws {@code TOO_MANY_FAILURES}.
     *
     * @param attempt fails with {@code UNAUTHORIZED} where it is wrong
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
