// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access.ssh;

import dev.bellhop.server.sshkey.PublicKey;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request to register an SSH key.
 *
 * @param principals the principals of a CA; absent for a key that logs in directly
 * @param isProved whether the client has proved that it has the private half
 * @param label for people; absent for none
 * @param expiresAt absent if it is valid as long as its API key
 */
public record NewSshKey(
        PublicKey publicKey,
        @Nullable List<String> principals,
        boolean isProved,
        @Nullable String label,
        @Nullable Instant expiresAt) {
    public NewSshKey {
        publicKey = publicKey.withoutComment();
        principals = principals == null
                ? null
                : principals.stream().sorted().distinct().toList();
    }

    /** Creates a request for a key that logs in directly, without a proof. */
    public static NewSshKey plain(PublicKey publicKey, @Nullable String label, @Nullable Instant expiresAt) {
        return new NewSshKey(publicKey, null, false, label, expiresAt);
    }
}
