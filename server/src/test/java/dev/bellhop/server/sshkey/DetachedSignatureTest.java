// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.digest.Digests;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signatures of security keys, which ssh-keygen makes with a device alone, and some that are none. The login's tests have the others. */
@Tag("real")
class DetachedSignatureTest {
    private static final String PURPOSE = "bellhop";
    private static final byte[] MAGIC = "SSHSIG".getBytes(StandardCharsets.US_ASCII);

    private static String signed(SecurityKeyDevice device, String text, byte flags) throws Exception {
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
                .bytes(device.publicKey().bytes())
                .text(PURPOSE)
                .text("")
                .text("sha256")
                .bytes(device.sign(content, flags))
                .written();
        return "-----BEGIN SSH SIGNATURE-----\n" + Base64.getMimeEncoder().encodeToString(all)
                + "\n-----END SSH SIGNATURE-----\n";
    }

    private static boolean isBy(SecurityKeyDevice device, String text, String signature) {
        return DetachedSignature.parse(signature)
                .filter(read -> read.isBy(device.publicKey(), PURPOSE, text))
                .isPresent();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDeviceThatWasTouchedSigns(boolean isEd25519) throws Exception {
        SecurityKeyDevice device = isEd25519 ? SecurityKeyDevice.ed25519() : SecurityKeyDevice.ecdsa();
        // Numbers of ECDSA are now and then shorter than others.
        for (int i = 0; i < 50; i++) {
            assertThat(isBy(device, "text" + i, signed(device, "text" + i, (byte) 1)))
                    .isTrue();
        }
        assertThat(isBy(device, "other", signed(device, "text", (byte) 1))).isFalse();
        assertThat(isBy(device, "text", signed(device, "text", (byte) 0)))
                .as("untouched")
                .isFalse();
        SecurityKeyDevice another = isEd25519 ? SecurityKeyDevice.ed25519() : SecurityKeyDevice.ecdsa();
        assertThat(isBy(another, "text", signed(device, "text", (byte) 1))).isFalse();
    }

    @Test
    void anythingElseIsNone() throws Exception {
        SecurityKeyDevice device = SecurityKeyDevice.ed25519();
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
