// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import dev.bellhop.server.ssh.crypto.Signatures;
import dev.bellhop.server.sshkey.Certificate;
import dev.bellhop.server.sshkey.OfferedKey;
import dev.bellhop.server.sshkey.PublicKey;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a client has sent of its key.
 *
 * @param publicKey whose private half has to sign
 * @param algorithm by which it has to
 * @param certificate absent where the key is to be known itself
 */
record KeyOffer(
        PublicKey publicKey, String algorithm, @Nullable Certificate certificate) {
    /**
     * Empty where it is no key of a kind that is taken, or signs otherwise than is good enough.
     *
     * @param algorithm by which the client signs; its certificate's name for it where it has one
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

    /** By what its holder is known. */
    OfferedKey known() {
        return certificate == null
                ? new OfferedKey.Plain(publicKey.bytes())
                : new OfferedKey.Certified(certificate.authority(), certificate.principals());
    }
}
