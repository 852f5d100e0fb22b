// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The approval that an execution needs before it is started, because the policy of its key requires it. Times are whole
 * milliseconds.
 *
 * @param expiresAt end of the time for approval
 * @param givenAt time of the approval; absent before it
 * @param givenBy id of the approving key; present once approved
 * @param digest the {@link ApprovalDigest} of the approved command; present once approved
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
