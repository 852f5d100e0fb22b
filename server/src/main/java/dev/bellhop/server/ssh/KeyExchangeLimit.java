// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.access.AddressBlock;
import dev.bellhop.server.access.TokenBuckets;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Limits an address's key exchanges without a login. A key exchange costs the server ten times the client's cost. A
 * login gives its key exchange back, so users with a key are not limited. An address with a recent login has a larger
 * limit, because strangers can share it behind a router. Thread safe.
 */
final class KeyExchangeLimit {
    static final int OF_STRANGERS = 10;
    static final int OF_KNOWN = 50;

    /** The burst that is allowed after a pause. */
    private static final Duration BURST = Duration.ofSeconds(6);

    private final TokenBuckets<AddressBlock> strangers;
    private final TokenBuckets<AddressBlock> known;

    /** @param nanos a clock such as {@link System#nanoTime} */
    KeyExchangeLimit(LongSupplier nanos) {
        strangers = new TokenBuckets<>(BURST.toSeconds() * OF_STRANGERS, BURST, nanos);
        known = new TokenBuckets<>(BURST.toSeconds() * OF_KNOWN, BURST, nanos);
    }

    /**
     * Counts one key exchange; returns whether it is allowed.
     *
     * @param isKnown whether there was a recent login from that address
     */
    boolean take(AddressBlock from, boolean isKnown) {
        return strangers.take(from) || (isKnown && known.take(from));
    }

    void loggedIn(AddressBlock from) {
        strangers.giveBack(from);
    }
}
