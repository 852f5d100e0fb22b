// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A public SSH key that stands for an API key, or the key of a CA whose certificates do.
 *
 * @param id its id, 12 hexadecimal digits
 * @param fingerprint as {@code ssh-keygen -l} prints it
 * @param keyType such as ssh-ed25519
 * @param publicKey type and key, as a file .pub has them
 * @param principals of a CA: for which its certificates stand for the API key; absent for a key that logs in itself
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
        @Nullable List<String> principals,
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
        principals = principals == null ? null : List.copyOf(principals);
        Objects.requireNonNull(addedAt, "addedAt");
        Objects.requireNonNull(addedBy, "addedBy");
    }
}
