// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Creates ids that strictly ascend within this process, also if many are created in one millisecond or the clock is set
 * back. The 12 bits after the version count within the millisecond and carry into it (RFC 9562, section 6.2, method 1).
 * Thread safe.
 */
public final class ExecutionIds {
    private static final int COUNTER_BITS = 12;

    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    /** Milliseconds and counter of the last id, as one number. */
    private final AtomicLong last = new AtomicLong();

    public ExecutionIds(Clock clock) {
        this.clock = clock;
    }

    /** Makes every later id greater than this one, whatever the clock says. */
    public void continueAfter(ExecutionId id) {
        long high = id.value().getMostSignificantBits();
        long tick = ((high >>> 16) << COUNTER_BITS) | (high & ((1 << COUNTER_BITS) - 1));
        last.accumulateAndGet(tick, Math::max);
    }

    public ExecutionId next() {
        long now = clock.millis() << COUNTER_BITS;
        long tick = last.updateAndGet(before -> Math.max(before + 1, now));
        long millis = tick >>> COUNTER_BITS;
        long counter = tick & ((1 << COUNTER_BITS) - 1);
        long high = (millis << 16) | 0x7000 | counter;
        long low = (random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
        return new ExecutionId(new UUID(high, low));
    }
}
