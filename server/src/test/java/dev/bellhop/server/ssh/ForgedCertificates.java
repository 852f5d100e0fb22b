// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Base64;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/** Keys of users and CAs, and certificates as ssh-keygen makes none. */
final class ForgedCertificates {
    static final String ED25519 = "ssh-ed25519";
    static final String CERTIFICATE = "ssh-ed25519-cert-v01@openssh.com";
    static final String PRINCIPAL = "dev";

    /** As certificates have them. */
    static final int USER = 1;

    static final int HOST = 2;

    private static final int ED25519_BYTES = 32;

    private ForgedCertificates() {}

    static KeyPair ed25519() throws GeneralSecurityException {
        return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    }

    static KeyPair rsa() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        return generator.generateKeyPair();
    }

    /** The public half as it goes over the wire. */
    static byte[] wire(KeyPair key) {
        ByteArrayBuffer out = new ByteArrayBuffer();
        if (key.getPublic() instanceof RSAPublicKey rsa) {
            out.putString("ssh-rsa");
            out.putMPInt(rsa.getPublicExponent());
            out.putMPInt(rsa.getModulus());
        } else {
            out.putString(ED25519);
            out.putBytes(point(key));
        }
        return out.getCompactData();
    }

    private static byte[] point(KeyPair key) {
        byte[] encoded = key.getPublic().getEncoded();
        return Arrays.copyOfRange(encoded, encoded.length - ED25519_BYTES, encoded.length);
    }

    /** As it stands in a file. */
    static String line(KeyPair key) {
        String type = key.getPublic() instanceof RSAPublicKey ? "ssh-rsa" : ED25519;
        return type + " " + Base64.getEncoder().encodeToString(wire(key));
    }

    /** For a user's key of Ed25519, valid always: all that a CA signs. */
    static byte[] unsigned(int kind, KeyPair user, KeyPair authority) {
        return unsigned(kind, user, wire(authority));
    }

    /** The same, for a CA of any kind. */
    static byte[] unsigned(int kind, KeyPair user, byte[] authority) {
        ByteArrayBuffer principals = new ByteArrayBuffer();
        principals.putString(PRINCIPAL);
        ByteArrayBuffer out = new ByteArrayBuffer();
        out.putString(CERTIFICATE);
        out.putString("nonce");
        out.putBytes(point(user));
        out.putLong(1);
        out.putInt(kind);
        out.putString("ada");
        out.putBytes(principals.getCompactData());
        out.putLong(0);
        out.putLong(-1);
        out.putString("");
        out.putString("");
        out.putString("");
        out.putBytes(authority);
        return out.getCompactData();
    }

    /** With a CA's signature, which is the last of a certificate. */
    static byte[] signed(byte[] unsigned, byte[] signature) {
        ByteArrayBuffer out = new ByteArrayBuffer();
        out.putRawBytes(unsigned);
        out.putBytes(signature);
        return out.getCompactData();
    }

    /** What a key makes of something, as it goes over the wire. */
    static byte[] signature(String algorithm, KeyPair by, byte[] content) throws GeneralSecurityException {
        Signature signer = Signature.getInstance(
                switch (algorithm) {
                    case ED25519 -> "Ed25519";
                    case "ssh-rsa" -> "SHA1withRSA";
                    case "rsa-sha2-256" -> "SHA256withRSA";
                    default -> throw new IllegalArgumentException(algorithm);
                });
        signer.initSign(by.getPrivate());
        signer.update(content);
        ByteArrayBuffer out = new ByteArrayBuffer();
        out.putString(algorithm);
        out.putBytes(signer.sign());
        return out.getCompactData();
    }
}
