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
 * Counts the requests that are refused because of who sends them or because there are too many, and answers those that
 * come too fast at an even pace: a flood then takes no more of the processor than that, over however many connections.
 * Thread safe.
 */
final class RejectionThrottle {
    /** Between two answers, which is 2,000 a second. */
    private static final long PACE = TimeUnit.SECONDS.toNanos(1) / 2_000;

    /** One who has thousands of connections cannot hold up other responses for longer. */
    private static final long MAX_DELAY = TimeUnit.SECONDS.toNanos(2);

    /** When the next answer may be given, as {@link System#nanoTime} tells it. */
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

    /** Takes note of a failure that is about to be answered, whatever it is. */
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
        // Compared by their difference: this time has no beginning and may overflow.
        long turn = next.updateAndGet(last -> now + Math.min(Math.max(last - now, 0) + PACE, MAX_DELAY));
        try {
            TimeUnit.NANOSECONDS.sleep(turn - now);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
