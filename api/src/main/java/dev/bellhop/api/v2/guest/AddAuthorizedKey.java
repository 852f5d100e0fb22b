// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.guest;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/vps/{vmid}/ssh-keys}.
 *
 * @param user a user of the guest
 * @param key a public key as a file .pub has it: type, key and perhaps a comment, in one line, without options
 * @param expiresAt from when on the guest is not to accept it any more, such as 2026-01-31T09:30:00Z; absent for never
 */
public record AddAuthorizedKey(
        String user, String key, @Nullable String expiresAt) {

    public AddAuthorizedKey {
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(key, "key");
    }
}
