// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.crypto;

import dev.bellhop.server.sshkey.PublicKey;
import java.util.List;
import java.util.Set;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.session.SessionContext;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Verifies signatures by clients' keys. */
public final class Signatures {
    private static final Logger log = LoggerFactory.getLogger(Signatures.class);
    private static final String RSA = "ssh-rsa";
    private static final Set<String> RSA_ALGORITHMS = Set.of("rsa-sha2-256", "rsa-sha2-512");

    private Signatures() {}

    /** Checks if keys of a type sign by an algorithm that is strong enough. */
    public static boolean fits(String algorithm, PublicKey key) {
        return key.type().equals(RSA) ? RSA_ALGORITHMS.contains(algorithm) : algorithm.equals(key.type());
    }

    /**
     * Verifies that a key has signed something by an algorithm.
     *
     * @param signature the algorithm's name, and the signature itself
     */
    public static boolean verify(
            SessionContext session, PublicKey key, String algorithm, byte[] content, byte[] signature) {
        List<NamedFactory<Signature>> known = List.copyOf(Algorithms.signatures());
        Signature verifier = NamedFactory.create(known, algorithm);
        if (verifier == null || !fits(algorithm, key)) {
            return false;
        }
        try {
            verifier.initVerifier(session, new ByteArrayBuffer(key.bytes()).getRawPublicKey());
            verifier.update(session, content);
            return verifier.verify(session, signature);
        } catch (Exception e) { // The library declares Exception.
            log.debug("Cannot check a signature: {}", e.getClass().getSimpleName());
            return false;
        }
    }
}
