// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access.ssh;

import dev.bellhop.server.sshkey.PublicKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A public SSH key that stands for an API key: whoever has its private half is that key's holder at the SSH door.
 *
 * @param id 12 hexadecimal digits
 * @param keyId the API key
 * @param publicKey without a comment
 * @param label for people; absent where it has none
 * @param addedBy the API key of who registered it
 * @param expiresAt from then on it stands for nothing any more; absent where it does not expire by itself
 */
public record SshKey(
        String id,
        String keyId,
        PublicKey publicKey,
        @Nullable String label,
        Instant addedAt,
        String addedBy,
        @Nullable Instant expiresAt) {
    public String fingerprint() {
        return publicKey.fingerprint();
    }

    boolean validAt(Instant time) {
        return expiresAt == null || time.isBefore(expiresAt);
    }

    SshKey with(@Nullable String newLabel, @Nullable Instant newExpiry) {
        return new SshKey(id, keyId, publicKey, newLabel, addedAt, addedBy, newExpiry);
    }
}
