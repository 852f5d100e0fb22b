// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/keys/{id}/ssh-keys}.
 *
 * @param key a public key as a file .pub has it: type, key and perhaps a comment, in one line, without options
 * @param proof that the caller has the private half: the key leaves its present API key, and a CA all API keys of other accounts; absent
 *     if nothing has to be taken from another API key
 * @param label for people, 1 to 100 characters; absent for the key's comment
 * @param principals of the key of a CA: who has a certificate which that has signed for one of them logs in, and not who has the key; 1
 *     to 50 names, of 1 to 100 printable characters each, without blanks and commas; absent for a key that logs in itself
 * @param expiresInDays days until the SSH key stops working, 1 to 3650; absent for as long as the API key works
 * @param expiresAt when the SSH key stops working; not with {@code expiresInDays}
 * @param expiresInSeconds seconds until the SSH key stops working, 60 or more; not with {@code expiresInDays} or {@code expiresAt}
 */
public record RegisterSshKey(
        String key,
        @Nullable List<String> principals,
        @Nullable SshKeyProof proof,
        @Nullable String label,
        @Nullable Integer expiresInDays,
        @Nullable Instant expiresAt,
        @Nullable Long expiresInSeconds) {

    /** One without an expiry in other words than days. */
    public RegisterSshKey(
            String key,
            @Nullable List<String> principals,
            @Nullable SshKeyProof proof,
            @Nullable String label,
            @Nullable Integer expiresInDays) {
        this(key, principals, proof, label, expiresInDays, null, null);
    }

    public RegisterSshKey {
        Objects.requireNonNull(key, "key");
        principals = principals == null ? null : List.copyOf(principals);
    }

    /** Without the key: somebody may have taken a private one for it. */
    @Override
    public String toString() {
        return "RegisterSshKey[]";
    }
}
