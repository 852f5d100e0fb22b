// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("real")
public class PublicKeyTest {
    public static final String BASE64 = "AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";
    public static final String ED25519 = "ssh-ed25519 " + BASE64;
    public static final String FINGERPRINT = "SHA256:mKqU+0K8OhKmA8bBQi9Rz0Q5l7/g160hIP+rJYSTNj4";

    @TempDir
    private Path folder;

    @Test
    void aKeyIsReadWithItsCommentAndFingerprint() {
        PublicKey key =
                PublicKey.parse(" " + ED25519 + "  ada@laptop, at home \n").orElseThrow();

        assertThat(key.type()).isEqualTo("ssh-ed25519");
        assertThat(key.comment()).isEqualTo("ada@laptop, at home");
        assertThat(key.fingerprint()).isEqualTo(FINGERPRINT);
        assertThat(key.line()).isEqualTo(ED25519 + " ada@laptop, at home");
        assertThat(PublicKey.parse(ED25519).orElseThrow().line()).isEqualTo(ED25519);
    }

    /** What ssh-keygen makes is taken, and it prints the same fingerprint. */
    @ParameterizedTest
    @CsvSource({"ed25519, 256", "rsa, 2048", "rsa, 3072", "ecdsa, 256", "ecdsa, 384", "ecdsa, 521"})
    void keysOfSshKeygenAreTaken(String type, int bits) throws Exception {
        Path file = folder.resolve("k");
        run("ssh-keygen", "-q", "-t", type, "-b", Integer.toString(bits), "-N", "", "-C", "a b", "-f", file.toString());
        String line = Files.readString(folder.resolve("k.pub"));

        PublicKey key = PublicKey.parse(line).orElseThrow();

        assertThat(key.line() + "\n").isEqualTo(line);
        assertThat(run("ssh-keygen", "-l", "-f", file + ".pub")).contains(" " + key.fingerprint() + " ");
    }

    @Test
    void aShortKeyOfRsaIsRefused() {
        assertThat(PublicKey.parse(rsa(2047))).isEmpty();
        assertThat(PublicKey.parse(rsa(2048))).isPresent();
    }

    static String rsa(int bits) {
        return "ssh-rsa "
                + blob(
                        "ssh-rsa".getBytes(StandardCharsets.US_ASCII),
                        new byte[] {1, 0, 1},
                        BigInteger.ONE.shiftLeft(bits - 1).add(BigInteger.ONE).toByteArray());
    }

    private static String blob(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(ByteBuffer.allocate(4).putInt(part.length).array());
            all.writeBytes(part);
        }
        return Base64.getEncoder().encodeToString(all.toByteArray());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ssh-ed25519",
                BASE64,
                "ssh-rsa " + BASE64,
                "ssh-ed25519 " + BASE64 + "\n" + ED25519,
                "ssh-ed25519 " + BASE64 + " a\rb",
                "ssh-ed25519 " + BASE64 + " a\u202eb",
                "ssh-ed25519 " + BASE64 + "=",
                "ssh-ed25519 " + BASE64 + "AAAA",
                "ssh-ed25519 " + BASE64 + "!",
                "ssh-ed25519  " + BASE64,
                "ssh-ed25519\t" + BASE64,
                "command=\"id\" " + ED25519,
                "no-pty " + ED25519,
                "# " + ED25519,
                "ssh-ed25519-cert-v01@openssh.com " + BASE64,
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQ="
            })
    void whatIsNotExactlyAKeyIsRefused(String line) {
        assertThat(PublicKey.parse(line)).isEmpty();
    }

    @Test
    void lengthsThatLieAreRefused() {
        for (String hex : new String[] {"7fffffff", "ffffffff", "0000000c7373682d65643235353139", "000000"}) {
            byte[] bytes = java.util.HexFormat.of().parseHex(hex);
            assertThat(PublicKey.parse("ssh-ed25519 " + Base64.getEncoder().encodeToString(bytes)))
                    .as(hex)
                    .isEmpty();
        }
    }

    public static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }
}
