// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.app.TestServerCertificate;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.HexFormat;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is spoken on a port with TLS, and with which certificate. */
@Timeout(60)
class TlsTest {
    private static final String HEALTH = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

    @TempDir
    private Path folder;

    private TestServerCertificate certificate;
    private TestServer server;

    @BeforeEach
    void start() {
        certificate = TestServerCertificate.in(folder);
        server = TestServer.in(folder).tls(certificate).start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private SSLSocket connect(SSLContext context) throws IOException {
        return (SSLSocket) context.getSocketFactory()
                .createSocket(server.uri().getHost(), server.uri().getPort());
    }

    @Test
    void whoeverTrustsTheCertificateIsServed() {
        assertThat(server.uri().getScheme()).isEqualTo("https");
        assertThat(server.admin().get("/api/v2/vps").status()).isEqualTo(200);
        server.restart();
        assertThat(server.admin().get("/api/v2/vps").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "TLSv1.3, TLS_AES_128_GCM_SHA256",
        "TLSv1.3, TLS_CHACHA20_POLY1305_SHA256",
        "TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLSv1.2, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
    })
    void modernCiphersAreSpoken(String protocol, String cipher) throws Exception {
        try (SSLSocket socket = connect(certificate.trusting())) {
            socket.setEnabledProtocols(new String[] {protocol});
            socket.setEnabledCipherSuites(new String[] {cipher});
            socket.startHandshake();
            assertThat(socket.getSession().getCipherSuite()).isEqualTo(cipher);
            assertThat(new RawHttp(socket).request("GET", "/healthz").answer().status())
                    .isEqualTo(200);
        }
    }

    /** One that a server of Java would take, unless told otherwise. */
    @Test
    void anOldCipherIsRefused() throws Exception {
        try (SSLSocket socket = connect(certificate.trusting())) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.setEnabledCipherSuites(new String[] {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"});
            assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
        }
    }

    /** A client hello of version 1.1, by hand: no client that can be had today sends one. */
    @Test
    void tls11IsRefused() throws Exception {
        String body = "0302" + "00".repeat(32) + "00" + "0006" + "c009" + "c013" + "002f" + "0100";
        String hello = "01" + "%06x".formatted(body.length() / 2) + body;
        String record = "160301" + "%04x".formatted(hello.length() / 2) + hello;
        try (Socket socket = new Socket(server.uri().getHost(), server.uri().getPort())) {
            socket.getOutputStream().write(HexFormat.of().parseHex(record));
            byte[] alert = socket.getInputStream().readNBytes(7);
            assertThat(alert[0]).as("an alert").isEqualTo((byte) 21);
            assertThat(alert[6]).as("about the version").isEqualTo((byte) 70);
        }
    }

    @Test
    void plainHttpIsNotServedThere() throws Exception {
        try (RawHttp http =
                new RawHttp(new Socket(server.uri().getHost(), server.uri().getPort()))) {
            assertThat(http.send(HEALTH).rest()).doesNotContain("HTTP/", "live");
        }
        assertThat(server.admin().get("/healthz").status()).isEqualTo(200);
    }

    @Test
    void aNewCertificateLetsOldConnectionsLive() throws Exception {
        TestServerCertificate fresh = TestServerCertificate.with(
                Files.createDirectory(folder.resolve("fresh")), "rsa:2048", "IP:127.0.0.1,DNS:localhost");
        SSLSocket socket = connect(certificate.trusting());
        try (RawHttp old = new RawHttp(socket)) {
            old.send(HEALTH);
            assertThat(old.firstByte()).isEqualTo('H');
            fresh.replace(certificate);
            Certificate wanted = fresh.files().read().chain().getFirst();

            await().atMost(Duration.ofSeconds(30)).until(() -> shown(fresh.trusting()), wanted::equals);
            assertThat(server.admin().get("/healthz").status()).isEqualTo(200);
            old.request("GET", "/healthz");
            assertThat(old.rest()).contains("HTTP/1.1 200 OK");
        }
    }

    private @Nullable Certificate shown(SSLContext context) throws IOException {
        try (SSLSocket socket = connect(context)) {
            socket.startHandshake();
            return socket.getSession().getPeerCertificates()[0];
        } catch (SSLException e) {
            return null; // It is another one as yet.
        }
    }
}
