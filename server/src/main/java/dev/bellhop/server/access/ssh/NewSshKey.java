// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access.ssh;

import dev.bellhop.server.sshkey.PublicKey;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants registered.
 *
 * @param principals of a CA; absent for a key that logs in itself
 * @param isProved whether whoever wants it has proved to have its private half
 * @param label for people; absent for none
 * @param expiresAt absent where it is to be valid as long as its API key
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

    /** One that logs in itself, without a proof. */
    public static NewSshKey plain(PublicKey publicKey, @Nullable String label, @Nullable Instant expiresAt) {
        return new NewSshKey(publicKey, null, false, label, expiresAt);
    }
}
