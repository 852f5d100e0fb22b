// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import dev.bellhop.server.digest.Digests;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/** Verifies signatures of SSH keys with the JDK's algorithms. */
final class SignatureCheck {
    private static final String ED25519 = "ssh-ed25519";
    private static final String SECURITY_ED25519 = "sk-ssh-ed25519@openssh.com";
    private static final String RSA = "ssh-rsa";

    /** The X.509 prefix of an Ed25519 key. */
    private static final byte[] ED25519_HEAD = HexFormat.of().parseHex("302a300506032b6570032100");

    /** The flag that a user has touched the device. */
    private static final int TOUCHED = 1;

    private SignatureCheck() {}

    /**
     * Returns whether the key has signed the content.
     *
     * @param signature in SSH's format: the name of the algorithm and the signature itself
     * @param touched whether a device with the key must have been touched
     */
    static boolean verify(PublicKey key, byte[] content, byte[] signature, boolean touched)
            throws GeneralSecurityException, MalformedException {
        WireReader in = new WireReader(signature);
        String algorithm = in.text();
        byte[] made = in.bytes();
        WireReader parts = new WireReader(key.bytes());
        String type = parts.text();
        if (key.isOfSecurityKey()) {
            return algorithm.equals(type) && verifyDevice(parts, type, content, in, made, touched);
        }
        in.end();
        if (type.equals(RSA)) {
            return verifyRsa(parts, algorithm, content, made);
        }
        if (!algorithm.equals(type)) {
            return false;
        }
        return type.equals(ED25519)
                ? verifyEd25519(parts.bytes(), content, made)
                : verifyEcdsa(parts.text(), parts.bytes(), content, made);
    }

    /**
     * Verifies a device's signature: the device signs a hash, the application that the key is for, a flag for a touch,
     * and a counter.
     */
    private static boolean verifyDevice(
            WireReader key, String type, byte[] content, WireReader rest, byte[] made, boolean touched)
            throws GeneralSecurityException, MalformedException {
        byte[] state = rest.raw(1 + Integer.BYTES);
        rest.end();
        boolean isEd25519 = type.equals(SECURITY_ED25519);
        String curve = isEd25519 ? "" : key.text();
        byte[] point = key.bytes();
        ByteArrayOutputStream signed = new ByteArrayOutputStream();
        signed.writeBytes(Digests.sha256(key.bytes()));
        signed.writeBytes(state);
        signed.writeBytes(Digests.sha256(content));
        return (!touched || (state[0] & TOUCHED) != 0)
                && (isEd25519
                        ? verifyEd25519(point, signed.toByteArray(), made)
                        : verifyEcdsa(curve, point, signed.toByteArray(), made));
    }

    private static boolean verifyEd25519(byte[] point, byte[] content, byte[] made) throws GeneralSecurityException {
        byte[] encoded = ByteBuffer.allocate(ED25519_HEAD.length + point.length)
                .put(ED25519_HEAD)
                .put(point)
                .array();
        Signature check = Signature.getInstance("Ed25519");
        check.initVerify(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded)));
        check.update(content);
        return check.verify(made);
    }

    private static boolean verifyRsa(WireReader key, String algorithm, byte[] content, byte[] made)
            throws GeneralSecurityException, MalformedException {
        BigInteger exponent = new BigInteger(1, key.bytes());
        BigInteger modulus = new BigInteger(1, key.bytes());
        String name = switch (algorithm) {
            case "rsa-sha2-256" -> "SHA256withRSA";
            case "rsa-sha2-512" -> "SHA512withRSA";
            default -> throw new MalformedException();
        };
        Signature check = Signature.getInstance(name);
        check.initVerify(KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, exponent)));
        check.update(content);
        return check.verify(made);
    }

    /** @param curve such as nistp256 */
    private static boolean verifyEcdsa(String curve, byte[] point, byte[] content, byte[] made)
            throws GeneralSecurityException, MalformedException {
        int bits = Integer.parseInt(curve.substring("nistp".length()));
        int bytes = (bits + 7) / 8;
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec("secp" + bits + "r1"));
        ECPoint at = new ECPoint(
                new BigInteger(1, Arrays.copyOfRange(point, 1, 1 + bytes)),
                new BigInteger(1, Arrays.copyOfRange(point, 1 + bytes, point.length)));
        ECPublicKeySpec key = new ECPublicKeySpec(at, parameters.getParameterSpec(ECParameterSpec.class));
        WireReader numbers = new WireReader(made);
        byte[] both = ByteBuffer.allocate(2 * bytes)
                .put(fixed(numbers.bytes(), bytes))
                .put(fixed(numbers.bytes(), bytes))
                .array();
        numbers.end();
        String hash = bits <= 256 ? "SHA256" : bits <= 384 ? "SHA384" : "SHA512";
        Signature check = Signature.getInstance(hash + "withECDSAinP1363Format");
        check.initVerify(KeyFactory.getInstance("EC").generatePublic(key));
        check.update(content);
        return check.verify(both);
    }

    /** Converts a number to exactly this many bytes. It can have fewer bytes, or a leading zero. */
    private static byte[] fixed(byte[] number, int bytes) throws MalformedException {
        if (number.length == 0) {
            throw new MalformedException();
        }
        BigInteger value = new BigInteger(number);
        if (value.signum() < 0 || value.bitLength() > bytes * Byte.SIZE) {
            throw new MalformedException();
        }
        byte[] plain = value.toByteArray();
        byte[] fixed = new byte[bytes];
        int length = Math.min(plain.length, bytes);
        System.arraycopy(plain, plain.length - length, fixed, bytes - length, length);
        return fixed;
    }
}
