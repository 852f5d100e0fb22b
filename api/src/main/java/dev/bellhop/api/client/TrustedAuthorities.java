// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Whose signature makes a server's certificate a good one, in place of the authorities that the JDK trusts. */
public final class TrustedAuthorities {

    private static final Pattern PEM = Pattern.compile("-----BEGIN CERTIFICATE-----[^-]*+-----END CERTIFICATE-----");

    private final SSLContext context;

    private TrustedAuthorities(SSLContext context) {
        this.context = context;
    }

    /**
     * Those whose certificates are in a PEM file; a server's own certificate will do too.
     *
     * @throws IllegalArgumentException if there are none, with a message for a person
     */
    public static TrustedAuthorities read(Path file) {
        List<Certificate> certificates = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (Matcher found = PEM.matcher(Files.readString(file, StandardCharsets.ISO_8859_1)); found.find(); ) {
                byte[] block = found.group().getBytes(StandardCharsets.US_ASCII);
                certificates.add(factory.generateCertificate(new ByteArrayInputStream(block)));
            }
        } catch (NoSuchFileException e) {
            throw unusable(file, "there is no such file", e);
        } catch (IOException e) {
            throw unusable(file, "it cannot be read (" + e.getClass().getSimpleName() + ")", e);
        } catch (CertificateException e) {
            throw unusable(file, "a certificate in it is damaged", e);
        }
        if (certificates.isEmpty()) {
            throw unusable(file, "there is no certificate in PEM in it", null);
        }
        return new TrustedAuthorities(context(certificates));
    }

    private static IllegalArgumentException unusable(Path file, String why, @Nullable Exception cause) {
        return new IllegalArgumentException(
                "Cannot trust the authorities in the file " + file + " because " + why, cause);
    }

    private static SSLContext context(List<Certificate> certificates) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            for (Certificate certificate : certificates) {
                store.setCertificateEntry(Integer.toString(store.size()), certificate);
            }
            TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trusted.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trusted.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("a key store in memory takes any certificate", e);
        }
    }

    SSLContext context() {
        return context;
    }
}
