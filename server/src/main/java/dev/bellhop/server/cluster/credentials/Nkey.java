// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;

/**
 * A key of NATS: a pair of Ed25519 keys. The seed is the secret it is made from; the public key is its name. Both are text, and
 * tell by their letters what they are for (see {@link NkeyText}). Immutable, thread safe. The seed is in no {@code toString}.
 */
public final class Nkey {
    private static final int SEED_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final NkeyText.Kind kind;
    private final byte[] seed;
    private final String publicKey;
    private final PrivateKey privateKey;

    private Nkey(NkeyText.Kind kind, byte[] seed) {
        this.kind = kind;
        this.seed = seed;
        KeyPair pair = pair(seed);
        this.privateKey = pair.getPrivate();
        this.publicKey = NkeyText.publicKey(kind, encoded((EdECPublicKey) pair.getPublic()));
    }

    /** A new key. */
    public static Nkey generate(NkeyText.Kind kind) {
        byte[] seed = new byte[SEED_BYTES];
        RANDOM.nextBytes(seed);
        return new Nkey(kind, seed);
    }

    /**
     * The key that has this seed.
     *
     * @throws IllegalArgumentException where the text is no seed; it does not say what the text is
     */
    public static Nkey fromSeed(String seed) {
        NkeyText.Seed read = NkeyText.seed(seed);
        return new Nkey(read.kind(), read.bytes());
    }

    public NkeyText.Kind kind() {
        return kind;
    }

    /** What others know it by. */
    public String publicKey() {
        return publicKey;
    }

    /** The secret as text, for a file that its owner alone may read. */
    public String seed() {
        return NkeyText.seed(kind, seed);
    }

    /** The signature over these bytes, of 64 bytes. */
    public byte[] sign(byte[] bytes) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(privateKey);
            signature.update(bytes);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK signs with Ed25519", e);
        }
    }

    /**
     * The JDK offers no way from a seed to its public key, but it makes a pair from 32 random bytes, which are the seed. That is
     * how it is made and not what is promised, so the result is compared.
     */
    private static KeyPair pair(byte[] seed) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
            generator.initialize(NamedParameterSpec.ED25519, new Fixed(seed));
            KeyPair pair = generator.generateKeyPair();
            byte[] made = ((EdECPrivateKey) pair.getPrivate()).getBytes().orElseThrow();
            if (!Arrays.equals(made, seed)) {
                throw new IllegalStateException("this JDK makes keys of Ed25519 in another way");
            }
            return pair;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK makes keys of Ed25519", e);
        }
    }

    /** As RFC 8032 has it: y, the lowest byte first, and in the highest bit whether x is odd. */
    private static byte[] encoded(EdECPublicKey key) {
        byte[] number = key.getPoint().getY().toByteArray();
        byte[] bytes = new byte[SEED_BYTES];
        for (int i = 0; i < number.length && i < SEED_BYTES; i++) {
            bytes[i] = number[number.length - 1 - i];
        }
        if (key.getPoint().isXOdd()) {
            bytes[SEED_BYTES - 1] |= (byte) 0x80;
        }
        return bytes;
    }

    @Override
    public String toString() {
        return publicKey;
    }

    /** Gives these bytes in place of random ones. */
    private static final class Fixed extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final byte[] bytes;

        Fixed(byte[] bytes) {
            this.bytes = bytes.clone();
        }

        @Override
        public void nextBytes(byte[] into) {
            System.arraycopy(bytes, 0, into, 0, into.length);
        }
    }
}
