// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Proves to a server that the caller has the private half of an SSH key.
 *
 * @param signedAt when it was signed, to the second; valid for ten minutes
 * @param signature of {@link #statement}, as {@code ssh-keygen -Y sign -n bellhop} prints it
 */
public record SshKeyProof(Instant signedAt, String signature) {
    /** The namespace of signatures, so that one for something else proves nothing here. */
    public static final String NAMESPACE = "bellhop";

    public SshKeyProof {
        Objects.requireNonNull(signedAt, "signedAt");
        Objects.requireNonNull(signature, "signature");
    }

    /**
     * Returns the signed text: a line, with a line feed at its end. It is valid only for one API key, and either for the SSH key itself or as
     * a CA for these principals.
     *
     * @param principals of a CA, in the order of the request; absent for a key that logs in itself
     */
    public static String statement(String keyId, @Nullable List<String> principals, Instant signedAt) {
        String subject =
                principals == null ? "ssh-key " + keyId : "ssh-ca " + keyId + " " + String.join(",", principals);
        return "bellhop " + subject + " " + signedAt + "\n";
    }
}
