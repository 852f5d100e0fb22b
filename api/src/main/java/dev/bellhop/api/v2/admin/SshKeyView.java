// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A public SSH key that stands for an API key.
 *
 * @param id its id, 12 hexadecimal digits
 * @param fingerprint as {@code ssh-keygen -l} prints it
 * @param keyType such as ssh-ed25519
 * @param publicKey type and key, as a file .pub has them
 * @param label for people; absent where it has none
 * @param addedAt when it was registered
 * @param addedBy the id of the API key that registered it
 * @param expiresAt from when on it is refused; absent where it works as long as its API key
 * @param lastUsedAt when it was used last, to the second; absent where it was not
 */
public record SshKeyView(
        String id,
        String fingerprint,
        String keyType,
        String publicKey,
        @Nullable String label,
        Instant addedAt,
        String addedBy,
        @Nullable Instant expiresAt,
        @Nullable Instant lastUsedAt) {

    public SshKeyView {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(fingerprint, "fingerprint");
        Objects.requireNonNull(keyType, "keyType");
        Objects.requireNonNull(publicKey, "publicKey");
        Objects.requireNonNull(addedAt, "addedAt");
        Objects.requireNonNull(addedBy, "addedBy");
    }
}
