// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.crypto;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import javax.crypto.KEM;
import org.apache.sshd.common.kex.KeyEncapsulationMethod;
import org.jspecify.annotations.Nullable;

/**
 * The server's half of ML-KEM-768 (FIPS 203), by the JDK, for key exchanges that withstand quantum computers
 * (draft-ietf-sshm-mlkem-hybrid-kex). The library would need BouncyCastle.
 */
final class JdkMlKem implements KeyEncapsulationMethod {
    private static final String ALGORITHM = "ML-KEM-768";
    private static final int PUBLIC_KEY_BYTES = 1184;

    /** The X.509 bytes before a public key: its length and algorithm. */
    private static final byte[] X509_PREFIX = HexFormat.of().parseHex("308204b2300b0609608648016503040402038204a100");

    @Override
    public Client getClient() {
        throw new UnsupportedOperationException("the door connects to nobody");
    }

    @Override
    public Server getServer() {
        return new Encapsulation();
    }

    /** For one key exchange, and one thread. */
    private static final class Encapsulation implements Server {
        private KEM.@Nullable Encapsulated made;

        @Override
        public int getPublicKeyLength() {
            return PUBLIC_KEY_BYTES;
        }

        /** Removes the client's public key from the beginning; returns the rest. */
        @Override
        public byte[] init(byte[] clientKeys) {
            if (clientKeys.length < PUBLIC_KEY_BYTES) {
                throw new IllegalArgumentException("the client's public key is too short");
            }
            try {
                made = KEM.getInstance(ALGORITHM)
                        .newEncapsulator(publicKey(Arrays.copyOf(clientKeys, PUBLIC_KEY_BYTES)))
                        .encapsulate();
            } catch (GeneralSecurityException e) {
                throw new IllegalArgumentException("the client's public key is none", e);
            }
            return Arrays.copyOfRange(clientKeys, PUBLIC_KEY_BYTES, clientKeys.length);
        }

        private static PublicKey publicKey(byte[] raw) throws GeneralSecurityException {
            byte[] encoded = Arrays.copyOf(X509_PREFIX, X509_PREFIX.length + raw.length);
            System.arraycopy(raw, 0, encoded, X509_PREFIX.length, raw.length);
            return KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(encoded));
        }

        @Override
        public byte[] getSecret() {
            return Objects.requireNonNull(made).key().getEncoded();
        }

        @Override
        public byte[] getEncapsulation() {
            return Objects.requireNonNull(made).encapsulation();
        }
    }
}
