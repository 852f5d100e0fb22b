// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.digest.Digests;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signatures of security keys, which ssh-keygen makes with a device alone, and some that are none. The login's tests have the others. */
class DetachedSignatureTest {
    private static final String PURPOSE = "bellhop";
    private static final byte[] MAGIC = "SSHSIG".getBytes(StandardCharsets.US_ASCII);

    /** A key as a device has it. */
    private record Device(PublicKey publicKey, KeyPair pair) {
        static Device ed25519() throws Exception {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            byte[] encoded = pair.getPublic().getEncoded();
            return of(
                    "sk-ssh-ed25519@openssh.com",
                    new WireWriter().bytes(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)),
                    pair);
        }

        static Device ecdsa() throws Exception {
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

        private static Device of(String type, WireWriter parts, KeyPair pair) {
            byte[] blob = new WireWriter()
                    .text(type)
                    .raw(parts.text("ssh:").written())
                    .written();
            return new Device(PublicKey.ofBytes(blob).orElseThrow(), pair);
        }

        private static void copyEnd(byte[] number, byte[] into, int end) {
            int length = Math.min(32, number.length);
            System.arraycopy(number, number.length - length, into, end - length, length);
        }

        /** What it makes of this, in the form of SSH. */
        byte[] sign(byte[] content, byte flags) throws Exception {
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
            return new WireWriter()
                    .text(publicKey.type())
                    .bytes(made)
                    .raw(state)
                    .written();
        }

        private static byte[] positive(byte[] number) {
            return new BigInteger(1, number).toByteArray();
        }
    }

    private static String signed(Device device, String text, byte flags) throws Exception {
        byte[] content = new WireWriter()
                .raw(MAGIC)
                .text(PURPOSE)
                .text("")
                .text("sha256")
                .bytes(Digests.sha256(text.getBytes(StandardCharsets.UTF_8)))
                .written();
        byte[] all = new WireWriter()
                .raw(MAGIC)
                .raw(new byte[] {0, 0, 0, 1})
                .bytes(device.publicKey.bytes())
                .text(PURPOSE)
                .text("")
                .text("sha256")
                .bytes(device.sign(content, flags))
                .written();
        return "-----BEGIN SSH SIGNATURE-----\n" + Base64.getMimeEncoder().encodeToString(all)
                + "\n-----END SSH SIGNATURE-----\n";
    }

    private static boolean isBy(Device device, String text, String signature) {
        return DetachedSignature.parse(signature)
                .filter(read -> read.isBy(device.publicKey, PURPOSE, text))
                .isPresent();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDeviceThatWasTouchedSigns(boolean isEd25519) throws Exception {
        Device device = isEd25519 ? Device.ed25519() : Device.ecdsa();
        // Numbers of ECDSA are now and then shorter than others.
        for (int i = 0; i < 50; i++) {
            assertThat(isBy(device, "text" + i, signed(device, "text" + i, (byte) 1)))
                    .isTrue();
        }
        assertThat(isBy(device, "other", signed(device, "text", (byte) 1))).isFalse();
        assertThat(isBy(device, "text", signed(device, "text", (byte) 0)))
                .as("untouched")
                .isFalse();
        Device another = isEd25519 ? Device.ed25519() : Device.ecdsa();
        assertThat(isBy(another, "text", signed(device, "text", (byte) 1))).isFalse();
    }

    @Test
    void anythingElseIsNone() throws Exception {
        Device device = Device.ed25519();
        String good = signed(device, "text", (byte) 1);
        String base64 = good.replaceAll("-----.*-----", "").replaceAll("\\s", "");
        byte[] bytes = Base64.getDecoder().decode(base64);
        for (int length = 0; length < bytes.length; length++) {
            String cut = Base64.getEncoder().encodeToString(Arrays.copyOf(bytes, length));
            assertThat(isBy(device, "text", good.substring(0, 30) + cut + "\n-----END SSH SIGNATURE-----"))
                    .isFalse();
        }
        for (String text :
                new String[] {"", "x", "-----BEGIN SSH SIGNATURE-----", base64, good + good, good + "x".repeat(20_000)
                }) {
            assertThat(DetachedSignature.parse(text)).isEmpty();
        }
    }
}
