// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import dev.bellhop.server.ssh.crypto.Signatures;
import dev.bellhop.server.sshkey.Certificate;
import dev.bellhop.server.sshkey.OfferedKey;
import dev.bellhop.server.sshkey.PublicKey;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The key that a client offers.
 *
 * @param publicKey the key whose private half has to sign
 * @param algorithm the algorithm of the signature
 * @param certificate absent if the key itself has to be registered
 */
record KeyOffer(
        PublicKey publicKey, String algorithm, @Nullable Certificate certificate) {
    /**
     * Parses an offer; empty if the type of key is not accepted, or the algorithm is not strong enough.
     *
     * @param algorithm the client's algorithm, under the certificate's name if there is a certificate
     * @param blob the key or the certificate
     */
    static Optional<KeyOffer> read(String algorithm, byte[] blob) {
        Optional<String> plain = Certificate.plainName(algorithm);
        Optional<KeyOffer> offer = plain.isPresent()
                ? Certificate.parse(blob)
                        .map(certificate -> new KeyOffer(certificate.publicKey(), plain.get(), certificate))
                : PublicKey.ofBytes(blob).map(key -> new KeyOffer(key, algorithm, null));
        return offer.filter(read -> Signatures.fits(read.algorithm, read.publicKey));
    }

    /** Returns the key or CA that identifies the API key. */
    OfferedKey known() {
        return certificate == null
                ? new OfferedKey.Plain(publicKey.bytes())
                : new OfferedKey.Certified(certificate.authority(), certificate.principals());
    }
}
