// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.app.TestServerCertificate;
import dev.bellhop.server.service.Timeouts;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** As {@link SlowClientsTest}, where a second connection lies around the one on which HTTP is spoken. */
@Timeout(60)
class SlowTlsClientsTest {
    private static final Timeouts SHORT = new Timeouts(
            Duration.ofMillis(1_500), Duration.ofSeconds(10), Duration.ofSeconds(2), Duration.ofSeconds(3));

    @TempDir
    private Path folder;

    private TestServerCertificate certificate;
    private TestServer server;

    @BeforeEach
    void start() {
        certificate = TestServerCertificate.in(folder);
        server = TestServer.in(folder).tls(certificate).timeouts(SHORT).start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Socket plain() throws Exception {
        return new Socket(server.uri().getHost(), server.uri().getPort());
    }

    @Test
    void aHandshakeThatDoesNotComeIsNotWaitedFor() throws Exception {
        try (RawHttp http = new RawHttp(plain())) {
            assertThat(http.rest()).isEmpty();
        }
    }

    @Test
    void aHandshakeThatTricklesIsNotWaitedFor() throws Exception {
        try (RawHttp http = new RawHttp(plain())) {
            // The beginning of a client hello, of which a byte comes now and then.
            http.send(new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xFC, 3, 3});
            assertThat(SlowClientsTest.trickle(http, "s").join()).isTrue();
        }
    }

    @Test
    void headersThatTrickleAreNotWaitedFor() throws Exception {
        SSLSocket socket = (SSLSocket) certificate
                .trusting()
                .getSocketFactory()
                .createSocket(server.uri().getHost(), server.uri().getPort());
        try (RawHttp http = new RawHttp(socket)) {
            String beginning = "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ";
            assertThat(SlowClientsTest.trickle(http, beginning, "s").join()).isTrue();
        }
    }

    @Test
    void aConnectionThatIsUsedAgainAndAgainLives() throws Exception {
        SSLSocket socket = (SSLSocket) certificate
                .trusting()
                .getSocketFactory()
                .createSocket(server.uri().getHost(), server.uri().getPort());
        try (RawHttp http = new RawHttp(socket)) {
            for (int i = 0; i < 20; i++) {
                http.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
                assertThat(http.upTo("\"ready\":true}")).startsWith("HTTP/1.1 200 OK");
                // Together these take longer than a request may.
                Thread.sleep(120);
            }
        }
    }
}
