// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward;

import dev.bellhop.server.digest.Digests;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/**
 * What lets somebody have a forwarded connection in place of a key: 256 random bits, good for one use within 30 seconds.
 *
 * @param secret to be shown once
 */
public record OneTimeTicket(String secret, Instant until) {
    public static final Duration GOOD_FOR = Duration.ofSeconds(30);
    private static final int BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    static OneTimeTicket make(Instant now) {
        byte[] random = new byte[BYTES];
        RANDOM.nextBytes(random);
        return new OneTimeTicket(Base64.getUrlEncoder().withoutPadding().encodeToString(random), now.plus(GOOD_FOR));
    }

    /** What is kept of it. */
    Kept kept() {
        return new Kept(Digests.sha256(secret), until);
    }

    /** The hash alone, and until when it is good. */
    @SuppressWarnings("ArrayRecordComponent") // Nobody changes it.
    record Kept(byte[] hash, Instant until) {
        boolean isFor(String given, Instant now) {
            return now.isBefore(until) && MessageDigest.isEqual(hash, Digests.sha256(given));
        }
    }

    @Override
    public String toString() {
        return "OneTimeTicket[until=" + until + "]";
    }
}
