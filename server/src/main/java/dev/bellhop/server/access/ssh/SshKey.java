// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access.ssh;

import dev.bellhop.server.sshkey.PublicKey;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A public SSH key that is registered for an API key. At the SSH door, a client with its private half acts as the API
 * key's holder. If it is the key of a CA, so does a client with a certificate that the CA signed for one of these
 * principals.
 *
 * @param id 12 hexadecimal digits
 * @param keyId the API key
 * @param publicKey without a comment
 * @param principals the principals of a CA, at least one, sorted; absent for a key that logs in directly
 * @param label for people; absent if it has none
 * @param addedBy the API key that registered it
 * @param expiresAt when it becomes invalid; absent if only its API key limits it
 */
public record SshKey(
        String id,
        String keyId,
        PublicKey publicKey,
        @Nullable List<String> principals,
        @Nullable String label,
        Instant addedAt,
        String addedBy,
        @Nullable Instant expiresAt) {
    public SshKey {
        principals = principals == null ? null : List.copyOf(principals);
    }

    public String fingerprint() {
        return publicKey.fingerprint();
    }

    /** Returns whether it signs certificates instead of logging in directly. */
    public boolean isAuthority() {
        return principals != null;
    }

    boolean validAt(Instant time) {
        return expiresAt == null || time.isBefore(expiresAt);
    }

    /** Returns whether it has one of these principals; false if it is not a CA. */
    boolean namesAnyOf(List<String> names) {
        return principals != null && principals.stream().anyMatch(names::contains);
    }

    /** Returns whether it has the public key and kind of this request, regardless of label, expiry and principals. */
    boolean isWhat(NewSshKey wanted) {
        return publicKey.equals(wanted.publicKey()) && isAuthority() == (wanted.principals() != null);
    }

    SshKey with(NewSshKey wanted) {
        return Objects.equals(principals, wanted.principals())
                        && Objects.equals(label, wanted.label())
                        && Objects.equals(expiresAt, wanted.expiresAt())
                ? this
                : new SshKey(
                        id,
                        keyId,
                        publicKey,
                        wanted.principals(),
                        wanted.label(),
                        addedAt,
                        addedBy,
                        wanted.expiresAt());
    }
}
