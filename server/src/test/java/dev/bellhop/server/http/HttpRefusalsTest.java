// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static dev.bellhop.server.app.TestClient.execPath;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the HTTP layer refuses, and that whoever is between client and server can tell where the answer ends. */
class HttpRefusalsTest {
    private static final String LONG = "q".repeat(17_000);

    @TempDir
    private static Path folder;

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.in(folder).vm(1, folder.resolve("none.sock")).start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String send(String request) throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            return http.send(request).rest();
        }
    }

    private static String head(String answer) {
        return answer.substring(0, answer.indexOf("\r\n\r\n") + 4).toLowerCase(Locale.ROOT);
    }

    @ParameterizedTest
    @CsvSource({
        "400, HEAD /a%zz HTTP/1.1|Host: a||",
        "400, HEAD /%00 HTTP/1.1|Host: a||",
        "400, HEAD /healthz HTTP/1.1||",
        "400, HEAD /api/v2/vps HTTP/1.1|Host: a|X Y: z||",
        "414, HEAD /?LONG HTTP/1.1|Host: a||",
        "431, HEAD / HTTP/1.1|Host: a|X: LONG||",
        "505, HEAD / HTTP/3.0|Host: a||",
        "501, HEAD / HTTP/1.1|Host: a|Transfer-Encoding: gzip||",
        "404, HEAD /nowhere HTTP/1.1|Host: a|Connection: close||",
        "401, HEAD /api/v2/vps HTTP/1.1|Host: a|Connection: close||"
    })
    void theAnswerToAHeadHasNoBody(int status, String request) throws Exception {
        String answer = send(request.replace("|", "\r\n").replace("LONG", LONG));

        assertThat(answer).startsWith("HTTP/1.1 " + status + " ").endsWith("\r\n\r\n");
        assertThat(answer.indexOf("\r\n\r\n")).isEqualTo(answer.length() - 4);
    }

    /** A slow line brings the first word in pieces. */
    @Test
    void aHeadIsKnownHoweverItArrives() throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            for (String piece : new String[] {"\r\n", "H", "EA", "D", " /", LONG}) {
                http.send(piece);
                Thread.sleep(20);
            }
            assertThat(http.rest()).startsWith("HTTP/1.1 414 ").endsWith("\r\n\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /%00 HTTP/1.1|Host: a||",
                "GET /?LONG HTTP/1.1|Host: a||",
                "GET / HTTP/1.1|Host: a|X: LONG||",
                "CONNECT a:80 HTTP/1.1|Host: a:80||",
                "CONNECT /0 HTTP/1.1|Host: a||",
                "GET / HTTP/2.0|Host: a||",
                "PRI * HTTP/2.0||",
                "GET / HTTP/1.1|Host: a|Expect: gold||",
                "POST /api/v2/keys HTTP/1.1|Host: a|Transfer-Encoding: gzip, chunked||0||",
                "GET /api/v2/vps HTTP/1.1|Host: a|Content-Length: 5||hello",
                "nonsense||"
            })
    void aConnectionThatEndsIsSaidToEnd(String request) throws Exception {
        assertThat(head(send(request.replace("|", "\r\n").replace("LONG", LONG))))
                .containsOnlyOnce("\r\nconnection: close\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "400, invalid_request, GET /api/v2/%00 HTTP/1.1|Host: a||",
        "400, invalid_request, GET /api/v2/vps HTTP/1.1||",
        "400, invalid_request, GET /api/v2/vps HTTP/1.1|Host: a|No colon||",
        "400, invalid_request, GET /api/v2/vps HTTP/1.1|Host: a|Content-Length: -5||",
        "414, uri_too_long, GET /api/v2/vps?LONG HTTP/1.1|Host: a||",
        "417, expectation_failed, GET /api/v2/vps HTTP/1.1|Host: a|Expect: gold||",
        "431, request_header_fields_too_large, GET /api/v2/vps HTTP/1.1|Host: a|X: LONG||",
        "501, not_implemented, GET /api/v2/vps HTTP/1.1|Host: a|Transfer-Encoding: gzip||",
        "505, http_version_not_supported, GET /api/v2/vps HTTP/3.0|Host: a||",
        "505, http_version_not_supported, GET /api/v2/vps HTTP/2.0|Host: a||"
    })
    void eachVersionHasItsErrorsInItsOwnShape(int status, String code, String request) throws Exception {
        String raw = request.replace("|", "\r\n").replace("LONG", LONG);

        TestAnswer v2 = answer(raw, "/api/v2/vps");
        assertThat(v2.status()).isEqualTo(status);
        assertThat(v2.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(v2.code()).isEqualTo(code);
        assertThat(v2.message()).startsWith("Cannot ");

        TestAnswer v1 = answer(
                raw.replace("/api/v2/vps", "/api/vm/1/status").replace("/api/v2/", "/api/vm/"), "/api/vm/1/status");
        assertThat(v1.status()).isEqualTo(status);
        assertThat(v1.header("Content-Type")).isEqualTo("application/json");
        assertThat(v1.code()).isEqualTo(status == 400 ? "BAD_REQUEST" : code.toUpperCase(Locale.ROOT));
        assertThat(v1.message()).startsWith("Cannot ");
    }

    private static TestAnswer answer(String raw, String path) throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            return http.send(raw).answer("GET", path);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip, chunked", "gzip", "identity", "chunked;q=1", "chunked, chunked", "xchunked"})
    void aBodyInACodingThatNobodyDecodesIsRefused(String coding) throws Exception {
        String answer = send("POST /api/v2/keys HTTP/1.1\r\nHost: a\r\nX-API-Key: " + server.adminKey()
                + "\r\nTransfer-Encoding: " + coding + "\r\n\r\n2\r\n{}\r\n0\r\n\r\n");

        assertThat(answer).matches("(?s)HTTP/1.1 (501|400) .*");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /healthz HTTP/1.1\nHost: a\n\n",
                "GET /healthz HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: a\r\n\n",
                "GET /healthz HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n",
                "GET /healthz\r\n\r\n",
                "get /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                "GET http://b/healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            })
    void whatServersReadInDifferentWaysIsRefused(String request) throws Exception {
        assertThat(send(request)).matches("(?s)HTTP/1.1 (400|405|505) .*");
    }

    @Test
    void chunksThatEndInLineFeedsAloneAreRefused() throws Exception {
        String answer = send("POST /api/v2/keys HTTP/1.1\r\nHost: a\r\nX-API-Key: " + server.adminKey()
                + "\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\n{}\n0\n\n");

        assertThat(answer).startsWith("HTTP/1.1 4");
    }

    @Test
    void noMoreThanAHundredHeadersAreRead() throws Exception {
        String hundred = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + "a: b\r\n".repeat(98);

        assertThat(send(hundred + "\r\n")).startsWith("HTTP/1.1 200 ");
        assertThat(send(hundred + "a: b\r\n\r\n")).startsWith("HTTP/1.1 431 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE"})
    void jsonIsUtf8(String charset) {
        byte[] body = "{\"command\": \"true\"}".getBytes(Charset.forName(charset));
        for (String path : new String[] {execPath(1), "/api/v2/keys"}) {
            TestAnswer answer = server.admin()
                    .send(
                            "POST",
                            path,
                            request ->
                                    request.method("POST", java.net.http.HttpRequest.BodyPublishers.ofByteArray(body)));
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.message()).contains("not a valid JSON object");
        }
    }
}
