// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The approval that an execution needs before it is started, as the policy of its key has it. Times are whole milliseconds.
 *
 * @param expiresAt until when it can be given
 * @param givenAt when it was; absent where it was not
 * @param givenBy the id of the key that gave it; present where it was given
 * @param digest of what it was given for; present where it was given
 */
public record Approval(
        Instant expiresAt,
        @Nullable Instant givenAt,
        @Nullable String givenBy,
        @Nullable String digest) {

    public static Approval until(Instant expiresAt) {
        return new Approval(expiresAt, null, null, null);
    }

    public Approval given(Instant now, String keyId, String newDigest) {
        return new Approval(expiresAt, now, keyId, newDigest);
    }

    public boolean isGiven() {
        return givenAt != null;
    }
}
