// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Certificates as ssh-keygen makes them, and as nobody should. */
@Tag("real")
class CertificateTest {
    @TempDir
    private Path folder;

    private static void keygen(List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("ssh-keygen", "-q"));
        command.addAll(arguments);
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    private byte[] made(String kind, String... options) throws Exception {
        for (String name : List.of("ca", "user")) {
            keygen(List.of("-N", "", "-t", kind, "-f", folder.resolve(name).toString()));
        }
        List<String> sign =
                new ArrayList<>(List.of("-s", folder.resolve("ca").toString(), "-I", "Ada \u00e4", "-z", "7"));
        sign.addAll(Arrays.asList(options));
        sign.add(folder.resolve("user.pub").toString());
        keygen(sign);
        return blob("user-cert.pub");
    }

    private byte[] blob(String file) throws Exception {
        return Base64.getDecoder().decode(Files.readString(folder.resolve(file)).split(" ", -1)[1]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "ecdsa", "rsa"})
    void itSaysWhatTheCaHasSaid(String kind) throws Exception {
        byte[] blob = made(kind, "-n", "dev,ops", "-V", "20260101000000Z:20260102000000Z", "-O", "force-command=id");
        Certificate certificate = Certificate.parse(blob).orElseThrow();
        assertThat(certificate.publicKey().bytes()).isEqualTo(blob("user.pub"));
        assertThat(certificate.authority()).isEqualTo(blob("ca.pub"));
        assertThat(certificate.serial()).isEqualTo(7);
        assertThat(certificate.isForUser()).isTrue();
        assertThat(certificate.id().getBytes(StandardCharsets.ISO_8859_1))
                .isEqualTo("Ada \u00e4".getBytes(StandardCharsets.UTF_8));
        assertThat(certificate.principals()).containsExactly("dev", "ops");
        long begin = 1767225600;
        assertThat(certificate.isValidAt(begin - 1)).isFalse();
        assertThat(certificate.isValidAt(begin)).isTrue();
        assertThat(certificate.isValidAt(begin + 86_399)).isTrue();
        assertThat(certificate.isValidAt(begin + 86_400)).isFalse();
        assertThat(Certificate.parse(blob("user.pub"))).as("no certificate").isEmpty();

        CertificateTerms terms = CertificateTerms.of(certificate).orElseThrow();
        assertThat(terms.forcedCommand()).isEqualTo("id".getBytes(StandardCharsets.US_ASCII));
        assertThat(terms.sources()).isNull();
        assertThat(terms.terminals()).isTrue();
        assertThat(terms.forwarding()).isTrue();
    }

    @Test
    void whatIsNotInItIsNotAllowed() throws Exception {
        Certificate certificate = Certificate.parse(
                        made("ed25519", "-h", "-O", "clear", "-O", "source-address=10.0.0.0/8,::1"))
                .orElseThrow();
        assertThat(certificate.isForUser()).isFalse();
        assertThat(certificate.principals()).isEmpty();
        assertThat(certificate.isValidAt(Long.MAX_VALUE)).as("for ever").isTrue();
        CertificateTerms terms = CertificateTerms.of(certificate).orElseThrow();
        assertThat(terms.terminals()).isFalse();
        assertThat(terms.forwarding()).isFalse();
    }

    @Test
    void whatIsCutOffOrLongerIsNone() throws Exception {
        byte[] blob = made("ed25519", "-n", "dev");
        for (int length = 0; length < blob.length; length++) {
            assertThat(Certificate.parse(Arrays.copyOf(blob, length))).isEmpty();
        }
        assertThat(Certificate.parse(Arrays.copyOf(blob, blob.length + 1))).isEmpty();
        assertThat(Certificate.parse(new byte[1 << 20])).isEmpty();
        for (int at = 0; at < blob.length; at++) {
            byte[] changed = blob.clone();
            changed[at] = (byte) 0xFF;
            // Whatever it is then, nothing but a result comes of it.
            var _ = Certificate.parse(changed).flatMap(CertificateTerms::of);
        }
    }

    private static byte[] option(String name, byte[] data) {
        return new WireWriter().text(name).bytes(data).written();
    }

    private static byte[] text(String text) {
        return new WireWriter().text(text).written();
    }

    private static byte[] joined(byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    /** One that nobody has signed, with these critical options. */
    private static byte[] with(byte[] criticalOptions) {
        return joined(
                text("ssh-ed25519-cert-v01@openssh.com"),
                text("nonce"),
                new WireWriter().bytes(new byte[32]).written(),
                new byte[8],
                new byte[] {0, 0, 0, 1},
                text("id"),
                new WireWriter().bytes(text("dev")).written(),
                new byte[8],
                new byte[8],
                new WireWriter().bytes(criticalOptions).written(),
                text(""),
                text(""),
                text("ca"),
                text("signature"));
    }

    @Test
    void optionsAreOfTheirFormAndKnown() {
        byte[] command = option("force-command", text("id"));
        assertThat(Certificate.parse(with(command)).flatMap(CertificateTerms::of))
                .isPresent();
        assertThat(Certificate.parse(with(joined(command, command))))
                .as("twice")
                .isEmpty();
        for (byte[] wrong : List.of(
                option("force-command", text("")),
                option("force-command", new byte[0]),
                option("force-command", joined(text("id"), new byte[1])),
                option("verify-required", new byte[0]),
                joined(command, option("something@example.com", text("x"))))) {
            assertThat(Certificate.parse(with(wrong)).flatMap(CertificateTerms::of))
                    .isEmpty();
        }
    }
}
