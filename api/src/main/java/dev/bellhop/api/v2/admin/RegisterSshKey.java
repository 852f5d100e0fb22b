// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/keys/{id}/ssh-keys}.
 *
 * @param key a public key as a file .pub has it: type, key and perhaps a comment, in one line, without options
 * @param label for people, 1 to 100 characters; absent for the key's comment
 * @param expiresInDays days until the SSH key stops working, 1 to 3650; absent for as long as the API key works
 */
public record RegisterSshKey(
        String key, @Nullable String label, @Nullable Integer expiresInDays) {

    public RegisterSshKey {
        Objects.requireNonNull(key, "key");
    }

    /** Without the key: somebody may have taken a private one for it. */
    @Override
    public String toString() {
        return "RegisterSshKey[]";
    }
}
