// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward;

import dev.bellhop.server.digest.Digests;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/**
 * A ticket that replaces a key for access to one forwarded connection: 256 random bits, valid for one use within 30
 * seconds.
 *
 * @param secret shown only once
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

    /** Returns the part that the server keeps. */
    Kept kept() {
        return new Kept(Digests.sha256(secret), until);
    }

    /** Only the hash and the expiry. */
    @SuppressWarnings("ArrayRecordComponent") // Never changed.
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
