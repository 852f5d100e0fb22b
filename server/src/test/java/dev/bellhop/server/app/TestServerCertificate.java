// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.tls.TlsFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate that is its own authority, and its key, in two files: made by OpenSSL for the test that wants them.
 *
 * @param certificate in PEM
 * @param key in PEM
 */
public record TestServerCertificate(Path certificate, Path key) {
    /** For this machine's loopback addresses and {@code localhost}, for a day, on a curve. */
    public static TestServerCertificate in(Path folder) {
        return with(folder, "ec:P-256", "IP:127.0.0.1,IP:::1,DNS:localhost");
    }

    /**
     * One of another kind.
     *
     * @param kind {@code rsa:2048}, {@code ec:} with a curve, or {@code ed25519}
     * @param names as OpenSSL writes a subjectAltName
     */
    public static TestServerCertificate with(Path folder, String kind, String names) {
        TestServerCertificate files = new TestServerCertificate(folder.resolve("tls.crt"), folder.resolve("tls.key"));
        List<String> command = new ArrayList<>(List.of("req", "-x509", "-nodes", "-days", "1", "-subj", "/CN=bellhop"));
        command.addAll(
                kind.startsWith("ec:")
                        ? List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:" + kind.substring(3))
                        : List.of("-newkey", kind));
        command.addAll(List.of("-addext", "subjectAltName=" + names));
        command.addAll(List.of("-out", files.certificate.toString(), "-keyout", files.key.toString()));
        openssl(command.toArray(String[]::new));
        return files;
    }

    /** Runs OpenSSL and gives what it wrote. */
    public static String openssl(String... arguments) {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(output).isZero();
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public TlsFiles files() {
        return new TlsFiles(certificate, key);
    }

    /** Takes the place of another pair, one file after the other. */
    public void replace(TestServerCertificate old) throws IOException {
        Files.copy(certificate, old.certificate, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(key, old.key, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What a client takes that trusts this certificate and no other. */
    public SSLContext trusting() {
        try (InputStream in = Files.newInputStream(certificate)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry(
                    "it", CertificateFactory.getInstance("X.509").generateCertificate(in));
            TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trusted.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trusted.getTrustManagers(), null);
            return context;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
