// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.ErrorKind;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts requests that are refused for lack of a valid key or for exceeding a limit. If refusals come too fast, it
 * answers them at an even pace: this bounds the CPU time that a flood can use, no matter how many connections it has.
 * Thread safe.
 */
final class RejectionThrottle {
    /** Time between two answers (2,000 a second). */
    private static final long PACE = TimeUnit.SECONDS.toNanos(1) / 2_000;

    /** Limits how long a client with thousands of connections can delay other responses. */
    private static final long MAX_DELAY = TimeUnit.SECONDS.toNanos(2);

    /** The earliest time of the next answer, in {@link System#nanoTime}. */
    private final AtomicLong next = new AtomicLong(System.nanoTime());

    private final Map<ErrorCode, Counter> counters = new EnumMap<>(ErrorCode.class);

    RejectionThrottle(MeterRegistry metrics) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.kind() == ErrorKind.UNAUTHORIZED
                    || code.kind() == ErrorKind.FORBIDDEN
                    || code.kind() == ErrorKind.TOO_MANY_REQUESTS) {
                counters.put(
                        code,
                        Counter.builder("bellhop.requests.refused")
                                .description("Requests that were refused, by the code of the error")
                                .tag("code", code.wireName())
                                .register(metrics));
            }
        }
    }

    /**
     * Counts a failure before it is answered. Delays the answer if it reports too many requests or failures.
     */
    void note(BellhopException failure) {
        Counter counter = counters.get(failure.code());
        if (counter == null) {
            return;
        }
        counter.increment();
        if (failure.code() == ErrorCode.TOO_MANY_FAILURES || failure.code() == ErrorCode.TOO_MANY_REQUESTS) {
            awaitTurn();
        }
    }

    private void awaitTurn() {
        long now = System.nanoTime();
        // Compares by difference, because nanoTime has an arbitrary origin and can overflow.
        long turn = next.updateAndGet(last -> now + Math.min(Math.max(last - now, 0) + PACE, MAX_DELAY));
        try {
            TimeUnit.NANOSECONDS.sleep(turn - now);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
