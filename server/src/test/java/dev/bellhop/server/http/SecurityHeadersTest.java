// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.app.TestServerCertificate;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every answer has them, whoever writes it. */
class SecurityHeadersTest {
    @TempDir
    private static Path folder;

    private static TestServerCertificate certificate;
    private static TestServer plain;
    private static TestServer secure;

    @BeforeAll
    static void start() throws Exception {
        certificate = TestServerCertificate.in(folder);
        plain = TestServer.in(Files.createDirectory(folder.resolve("a"))).start();
        secure = TestServer.in(Files.createDirectory(folder.resolve("b")))
                .tls(certificate)
                .start();
    }

    @AfterAll
    static void stop() {
        plain.close();
        secure.close();
    }

    private static Socket connect(TestServer server) throws Exception {
        String host = server.uri().getHost();
        int port = server.uri().getPort();
        return server == plain
                ? new Socket(host, port)
                : certificate.trusting().getSocketFactory().createSocket(host, port);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /healthz",
                "HEAD /healthz",
                "GET /metrics",
                "GET /openapi.yaml",
                "GET /openapi.json",
                "GET /problems/not_found",
                "GET /nowhere",
                "GET /api/v2/nowhere",
                "GET /api/v2/vps",
                "PUT /healthz",
                "GET /a%zz",
                "nonsense"
            })
    void everyAnswerHasThem(String request) throws Exception {
        for (TestServer server : new TestServer[] {plain, secure}) {
            try (RawHttp http = new RawHttp(connect(server))) {
                http.send(request + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
                String answer = http.rest();
                String head = answer.substring(0, answer.indexOf("\r\n\r\n")).toLowerCase(Locale.ROOT);
                assertThat(head)
                        .startsWith("http/1.1 ")
                        .containsOnlyOnce("\r\nx-content-type-options: nosniff")
                        .containsOnlyOnce("\r\ncontent-security-policy: default-src 'none'; frame-ancestors 'none'")
                        .containsOnlyOnce("\r\nreferrer-policy: no-referrer")
                        .containsOnlyOnce(
                                request.contains("openapi")
                                        ? "\r\ncache-control: no-cache\r\n"
                                        : "\r\ncache-control: no-store\r\n")
                        .doesNotContain("\r\nserver:", "jetty", "x-powered-by");
                if (server == secure) {
                    assertThat(head).containsOnlyOnce("\r\nstrict-transport-security: max-age=31536000");
                } else {
                    assertThat(head).doesNotContain("strict-transport-security");
                }
            }
        }
    }
}
