// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.time.Instant;
import java.util.Objects;

/**
 * That whoever registers an SSH key has its private half.
 *
 * @param signedAt when that was proved, to the second; good for ten minutes
 * @param signature of {@link #statement}, as {@code ssh-keygen -Y sign -n bellhop} prints it
 */
public record SshKeyProof(Instant signedAt, String signature) {
    /** The namespace of signatures, so that one for something else proves nothing here. */
    public static final String NAMESPACE = "bellhop";

    public SshKeyProof {
        Objects.requireNonNull(signedAt, "signedAt");
        Objects.requireNonNull(signature, "signature");
    }

    /** What is signed: a line, with a line feed at its end. It is of no use for another API key, and not for long. */
    public static String statement(String keyId, Instant signedAt) {
        return "bellhop ssh-key " + keyId + " " + signedAt + "\n";
    }
}
