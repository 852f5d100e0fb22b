// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * A certificate and its key.
 *
 * @param chain the server's certificate first
 */
public record TlsIdentity(List<X509Certificate> chain, PrivateKey key) {
    /** Key stores need a password, even if they never leave this process. */
    public static final String STORE_PASSWORD = "in memory";

    private static final byte[] PROBE = {'p', 'r', 'o', 'b', 'e'};

    public Instant validUntil() {
        return chain.getFirst().getNotAfter().toInstant();
    }

    public boolean isValidAt(Instant time) {
        return !time.isBefore(chain.getFirst().getNotBefore().toInstant()) && !time.isAfter(validUntil());
    }

    /** Returns both as a key store, the form that TLS libraries accept. */
    public KeyStore keyStore() {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("bellhop", key, STORE_PASSWORD.toCharArray(), chain.toArray(new Certificate[0]));
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("a key store in memory takes any key and certificate", e);
        }
    }

    /** Returns whether the certificate verifies signatures of the key. */
    static boolean belong(X509Certificate certificate, PrivateKey key) {
        PublicKey shown = certificate.getPublicKey();
        if (!shown.getAlgorithm().equals(key.getAlgorithm())) {
            return false;
        }
        try {
            Signature signature = Signature.getInstance(
                    switch (key.getAlgorithm()) {
                        case "RSA" -> "SHA256withRSA";
                        case "EC" -> "SHA256withECDSA";
                        default -> "EdDSA";
                    });
            signature.initSign(key);
            signature.update(PROBE);
            byte[] signed = signature.sign();
            signature.initVerify(shown);
            signature.update(PROBE);
            return signature.verify(signed);
        } catch (InvalidKeyException | SignatureException e) {
            return false; // For example, the key is on another curve.
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has these signatures", e);
        }
    }

    @Override
    public String toString() {
        return "TlsIdentity[" + chain.getFirst().getSubjectX500Principal() + "]";
    }
}
