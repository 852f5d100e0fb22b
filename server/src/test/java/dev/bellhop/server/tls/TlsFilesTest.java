// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tls;

import static dev.bellhop.server.app.TestServerCertificate.openssl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.server.app.TestServerCertificate;
import dev.bellhop.server.tls.TlsFileException.Part;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Certificates and keys as OpenSSL and others write them, and what is said of those that cannot be used. */
class TlsFilesTest {
    private static final String NAMES = "DNS:localhost";

    @TempDir
    private Path folder;

    private TestServerCertificate made(String kind) throws Exception {
        return TestServerCertificate.with(Files.createTempDirectory(folder, "made"), kind, NAMES);
    }

    private Path file(String name, String text) throws Exception {
        return Files.writeString(folder.resolve(name), text);
    }

    private static TlsFileException refused(TlsFiles files) {
        return catchThrowableOfType(TlsFileException.class, files::read);
    }

    @ParameterizedTest
    @CsvSource({"rsa:2048, RSA", "ec:P-256, EC", "ec:P-384, EC", "ec:P-521, EC", "ed25519, EdDSA"})
    void keysOfEveryKindThatTlsUsesCanBeRead(String kind, String algorithm) throws Exception {
        TlsIdentity identity = made(kind).files().read();

        assertThat(identity.key().getAlgorithm()).isEqualTo(algorithm);
        assertThat(identity.chain()).hasSize(1);
        assertThat(identity.keyStore().size()).isEqualTo(1);
        assertThat(identity.toString()).isEqualTo("TlsIdentity[CN=bellhop]");
    }

    @ParameterizedTest
    @CsvSource({"rsa:2048, rsa, RSA PRIVATE KEY", "ec:P-256, ec, EC PRIVATE KEY", "ec:P-521, ec, EC PRIVATE KEY"})
    void theOlderFormsOfAKeyCanBeRead(String kind, String command, String type) throws Exception {
        TestServerCertificate made = made(kind);
        Path older = folder.resolve("older.key");
        String in = made.key().toString();
        if (command.equals("rsa")) {
            openssl("rsa", "-traditional", "-in", in, "-out", older.toString());
        } else {
            openssl("ec", "-in", in, "-out", older.toString());
        }
        assertThat(older).content().contains("BEGIN " + type);

        // Reading makes sure that the key belongs to the certificate.
        assertThat(new TlsFiles(made.certificate(), older).read().key().getAlgorithm())
                .isEqualTo(made.files().read().key().getAlgorithm());
    }

    @Test
    void whatStandsBesideAKeyIsLeftOut() throws Exception {
        TestServerCertificate made = made("ec:P-256");
        String parameters = openssl("ecparam", "-name", "prime256v1");
        Path all = file(
                "all.pem",
                "Anything - at all\n" + parameters + Files.readString(made.certificate())
                        + Files.readString(made.key()).replace("\n", "\r\n"));

        assertThat(new TlsFiles(all, all).read().key())
                .isEqualTo(made.files().read().key());
    }

    @Test
    void aChainIsKeptInItsOrder() throws Exception {
        TestServerCertificate own = made("ec:P-256");
        TestServerCertificate authority = made("rsa:2048");
        String first = Files.readString(own.certificate());
        String second = Files.readString(authority.certificate());

        assertThat(new TlsFiles(file("chain.pem", first + second), own.key())
                        .read()
                        .chain())
                .hasSize(2)
                .first()
                .isEqualTo(own.files().read().chain().getFirst());
        TlsFileException swapped = refused(new TlsFiles(file("swapped.pem", second + first), own.key()));
        assertThat(swapped.part()).isEqualTo(Part.CERTIFICATE);
        assertThat(swapped).hasMessageContaining("does not begin with the server's own certificate");
    }

    @Test
    void anEncryptedKeyIsSaidToBeOne() throws Exception {
        TestServerCertificate made = made("rsa:2048");
        Path pkcs8 = folder.resolve("pkcs8.key");
        Path pkcs1 = folder.resolve("pkcs1.key");
        String in = made.key().toString();
        openssl("pkcs8", "-topk8", "-in", in, "-out", pkcs8.toString(), "-passout", "pass:secret");
        openssl("rsa", "-traditional", "-aes256", "-in", in, "-out", pkcs1.toString(), "-passout", "pass:secret");

        for (Path key : new Path[] {pkcs8, pkcs1}) {
            TlsFileException refused = refused(new TlsFiles(made.certificate(), key));
            assertThat(refused.part()).isEqualTo(Part.KEY);
            assertThat(refused).hasMessageStartingWith(key + " has a key that is encrypted");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "rsa:2048, rsa:2048",
        "ec:P-256, ec:P-256",
        "ec:P-256, ec:P-384",
        "rsa:2048, ec:P-256",
        "ed25519, ed25519"
    })
    void aKeyOfAnotherCertificateIsRefused(String one, String other) throws Exception {
        TlsFileException refused =
                refused(new TlsFiles(made(one).certificate(), made(other).key()));

        assertThat(refused.part()).isEqualTo(Part.KEY);
        assertThat(refused).hasMessageContaining("does not belong to the certificate in");
    }

    @Test
    void filesThatHoldSomethingElseAreRefused() throws Exception {
        TestServerCertificate made = made("ec:P-256");
        Path none = folder.resolve("none");
        Path empty = file("empty", "");
        String key = Files.readString(made.key());
        Path half = file("half.key", key.substring(0, key.length() / 2));
        Path damaged = file("damaged.key", key.replaceAll("(?<=-----\n).{8}", "AAAAAAAA"));
        Path noBase64 = file("odd.key", key.replaceAll("(?<=-----\n).{8}", "%%%%%%%%"));

        assertThat(refused(new TlsFiles(none, made.key()))).hasMessage("there is no file " + none);
        assertThat(refused(new TlsFiles(empty, made.key()))).hasMessageContaining("has no block CERTIFICATE");
        assertThat(refused(new TlsFiles(made.key(), made.key()))).hasMessageContaining("has no block CERTIFICATE");
        assertThat(refused(new TlsFiles(folder, made.key()))).hasMessageContaining("is not a regular file");
        assertThat(refused(new TlsFiles(made.certificate(), made.certificate())))
                .hasMessageContaining("has no block PRIVATE KEY but CERTIFICATE");
        assertThat(refused(new TlsFiles(made.certificate(), half))).hasMessageContaining("has no block PRIVATE KEY;");
        assertThat(refused(new TlsFiles(made.certificate(), damaged))).hasMessageContaining("damaged");
        assertThat(refused(new TlsFiles(made.certificate(), noBase64))).hasMessageContaining("damaged");
    }
}
