// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tls;

import dev.bellhop.server.digest.Digests;
import dev.bellhop.server.tls.TlsFileException.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;

/**
 * The files of the server's certificate and its key.
 *
 * @param certificate a PEM file: the certificate first, then its chain to an authority
 * @param key a PEM file; can be the same file
 */
public record TlsFiles(Path certificate, Path key) {
    /** Reads both files and checks that certificate and key match. */
    public TlsIdentity read() throws TlsFileException {
        List<X509Certificate> chain = Certificates.read(certificate);
        PrivateKey privateKey = PrivateKeys.read(key);
        if (!TlsIdentity.belong(chain.getFirst(), privateKey)) {
            boolean ofAnother = chain.stream().anyMatch(other -> TlsIdentity.belong(other, privateKey));
            throw ofAnother
                    ? new TlsFileException(
                            Part.CERTIFICATE,
                            certificate + " does not begin with the server's own certificate; those of authorities"
                                    + " have to stand after it")
                    : new TlsFileException(
                            Part.KEY, "the key in " + key + " does not belong to the certificate in " + certificate);
        }
        return new TlsIdentity(chain, privateKey);
    }

    /**
     * Returns a text that changes when the content of a file changes. Timestamps would miss changes within their
     * resolution.
     */
    String fingerprint() {
        return fingerprint(certificate) + " " + fingerprint(key);
    }

    private static String fingerprint(Path file) {
        try {
            return HexFormat.of().formatHex(Digests.sha256(PemBytes.read(file)));
        } catch (IOException e) {
            return e.getClass().getSimpleName();
        }
    }
}
