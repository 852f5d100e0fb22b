// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access.ssh;

import dev.bellhop.server.sshkey.PublicKey;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A public SSH key that stands for an API key: whoever has its private half is that key's holder at the SSH door, or, where it is the
 * key of a CA, whoever has a certificate that this has signed for one of its principals.
 *
 * @param id 12 hexadecimal digits
 * @param keyId the API key
 * @param publicKey without a comment
 * @param principals of a CA, at least one, sorted; absent for a key that logs in itself
 * @param label for people; absent where it has none
 * @param addedBy the API key of who registered it
 * @param expiresAt from then on it stands for nothing any more; absent where it does not expire by itself
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

    /** Whether it signs certificates, and does not log in itself. */
    public boolean isAuthority() {
        return principals != null;
    }

    boolean validAt(Instant time) {
        return expiresAt == null || time.isBefore(expiresAt);
    }

    /** Whether it has one of these; false for what is no CA. */
    boolean namesAnyOf(List<String> names) {
        return principals != null && principals.stream().anyMatch(names::contains);
    }

    /** Whether what is wanted is this, perhaps with another label, expiry or principals. */
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
