// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
class PublicKeyTextTest {
    private static final String KEY = PublicKeyTest.ED25519;

    @TempDir
    private Path folder;

    private static String why(String text) {
        try {
            var _ = PublicKeyText.read(text);
            return "";
        } catch (UnusableKeyException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Test
    void aKeyIsReadHoweverItIsSpaced() throws Exception {
        assertThat(PublicKeyText.read("\n " + KEY.replace(" ", " \t ") + "   ada \r\n"))
                .isEqualTo(PublicKey.parse(KEY + " ada").orElseThrow());
        assertThat(PublicKeyText.read(KEY).comment()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | is empty",
                "ssh-ed25519 | itself is missing",
                "ssh-ed25519 AAAA | is not whole",
                "hello | of no type that is taken: ecdsa-sha2-nistp256,",
                "ssh-dss AAAA | can be broken",
                "ssh-ed25519-cert-v01@openssh.com AAAA | is a certificate",
                "---- BEGIN SSH2 PUBLIC KEY ---- | ssh-keygen -i",
                "-----BEGIN PUBLIC KEY----- | -m PKCS8"
            })
    void itSaysWhatIsWrong(String text, String why) {
        assertThat(why(text)).contains(why);
    }

    @Test
    void itSaysWhatIsWrongBesideAKey() {
        assertThat(why(KEY + "\n" + KEY)).contains("more than one line");
        assertThat(why("no-pty " + KEY)).contains("options");
        assertThat(why("from=\"10.0.0.1\",command=\"uptime -p\" " + KEY)).contains("options");
        assertThat(why("ssh-rsa " + PublicKeyTest.BASE64)).contains("not of the type");
        assertThat(why(KEY + " " + "x".repeat(201))).contains("comment");
        assertThat(why(KEY + " a\u202eb")).contains("comment");
    }

    @Test
    void shortKeysOfRsaAreRefusedWithTheirLength() {
        assertThat(why(PublicKeyTest.rsa(1024))).contains("with 1024 bits").contains("2048");
    }

    @Test
    void hugeOnesOfRsaAreRefused() {
        assertThat(why(PublicKeyTest.rsa(16_384))).isEmpty();
        assertThat(why(PublicKeyTest.rsa(16_385))).isNotEmpty();
    }

    /** In whatever form, and whole or not; none of it gets into an error. */
    @ParameterizedTest
    @ValueSource(strings = {"-t ed25519", "-t rsa -b 2048 -m PEM", "-t ecdsa -m PKCS8"})
    void privateKeysAreToldFromPublicOnesAndNotQuoted(String options) throws Exception {
        Path file = folder.resolve("k");
        PublicKeyTest.run(("ssh-keygen -q -N  -C a -f " + file + " " + options).split(" "));
        String text = Files.readString(file);
        assertPrivate(text);
        assertPrivate(text.lines().limit(2).reduce("", (a, b) -> a + b));
        if (text.contains("OPENSSH")) {
            assertPrivate(text.lines().skip(1).findFirst().orElseThrow());
        }
        assertPrivate("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n");
    }

    private static void assertPrivate(String text) {
        assertThat(PublicKeyText.isPrivate(text)).isTrue();
        assertThatThrownBy(() -> PublicKeyText.read(text))
                .hasMessageContaining("is a private key")
                .satisfies(e -> text.lines()
                        .filter(line -> line.length() > 20 && !line.startsWith("-"))
                        .forEach(line -> assertThat(e.getMessage()).doesNotContain(line)));
    }

    @Test
    void publicKeysAreNotTakenForPrivateOnes() {
        assertThat(PublicKeyText.isPrivate(KEY + " private key of ada")).isFalse();
        assertThat(PublicKeyText.isPrivate(Base64.getEncoder().encodeToString(new byte[99])))
                .isFalse();
    }
}
