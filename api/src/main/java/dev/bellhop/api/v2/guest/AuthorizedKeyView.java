// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.guest;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A key that a guest accepts for a user.
 *
 * @param fingerprint as {@code ssh-keygen -l} prints it
 * @param keyType such as ssh-ed25519
 * @param comment the guest's word: printable characters, at most 200; absent where there is none
 * @param expiresAt from when on the guest does not accept it any more; absent for never
 */
public record AuthorizedKeyView(
        String fingerprint,
        String keyType,
        @Nullable String comment,
        @Nullable Instant expiresAt) {

    public AuthorizedKeyView {
        Objects.requireNonNull(fingerprint, "fingerprint");
        Objects.requireNonNull(keyType, "keyType");
    }
}
