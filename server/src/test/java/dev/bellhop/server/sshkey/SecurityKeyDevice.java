// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import dev.bellhop.server.digest.Digests;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;

/** A key as a device has it: what ssh-keygen makes with one alone. */
public record SecurityKeyDevice(PublicKey publicKey, KeyPair pair) {
    public static SecurityKeyDevice ed25519() throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        byte[] encoded = pair.getPublic().getEncoded();
        return of(
                "sk-ssh-ed25519@openssh.com",
                new WireWriter().bytes(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)),
                pair);
    }

    public static SecurityKeyDevice ecdsa() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair pair = generator.generateKeyPair();
        ECPublicKey key = (ECPublicKey) pair.getPublic();
        byte[] point = new byte[65];
        point[0] = 4;
        copyEnd(key.getW().getAffineX().toByteArray(), point, 33);
        copyEnd(key.getW().getAffineY().toByteArray(), point, 65);
        return of(
                "sk-ecdsa-sha2-nistp256@openssh.com",
                new WireWriter().text("nistp256").bytes(point),
                pair);
    }

    private static SecurityKeyDevice of(String type, WireWriter parts, KeyPair pair) {
        byte[] blob =
                new WireWriter().text(type).raw(parts.text("ssh:").written()).written();
        return new SecurityKeyDevice(PublicKey.ofBytes(blob).orElseThrow(), pair);
    }

    private static void copyEnd(byte[] number, byte[] into, int end) {
        int length = Math.min(32, number.length);
        System.arraycopy(number, number.length - length, into, end - length, length);
    }

    /**
     * What it makes of this, in the form of SSH.
     *
     * @param flags 1 where somebody has touched it
     */
    public byte[] sign(byte[] content, byte flags) throws Exception {
        byte[] state = {flags, 0, 0, 0, 7};
        Signature signer = Signature.getInstance(
                publicKey.type().contains("ed25519") ? "Ed25519" : "SHA256withECDSAinP1363Format");
        signer.initSign(pair.getPrivate());
        signer.update(Digests.sha256("ssh:".getBytes(StandardCharsets.US_ASCII)));
        signer.update(state);
        signer.update(Digests.sha256(content));
        byte[] made = signer.sign();
        if (!publicKey.type().contains("ed25519")) {
            made = new WireWriter()
                    .bytes(positive(Arrays.copyOf(made, 32)))
                    .bytes(positive(Arrays.copyOfRange(made, 32, 64)))
                    .written();
        }
        return new WireWriter().text(publicKey.type()).bytes(made).raw(state).written();
    }

    private static byte[] positive(byte[] number) {
        return new BigInteger(1, number).toByteArray();
    }
}
