// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tls;

import dev.bellhop.server.tls.TlsFileException.Part;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** Reads the server's certificate and its chain to an authority. */
final class Certificates {
    private static final String TYPE = "CERTIFICATE";

    private Certificates() {}

    static List<X509Certificate> read(Path path) throws TlsFileException {
        PemFile file = PemFile.read(Part.CERTIFICATE, path);
        List<X509Certificate> chain = new ArrayList<>();
        for (PemFile.Block block : file.blocks()) {
            if (block.type().equals(TYPE)) {
                chain.add(certificate(file, block));
            }
        }
        if (chain.isEmpty()) {
            throw file.wrong("has no block " + TYPE + "; a certificate in PEM has");
        }
        return List.copyOf(chain);
    }

    private static X509Certificate certificate(PemFile file, PemFile.Block block) throws TlsFileException {
        byte[] der = file.bytes(block);
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException e) {
            throw file.damaged(block);
        }
    }
}
