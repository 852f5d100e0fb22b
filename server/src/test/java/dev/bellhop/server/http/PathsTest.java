// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static dev.bellhop.server.app.TestClient.execPath;
import static dev.bellhop.server.app.TestClient.statusPath;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths that do not exist, methods that a path does not take, and requests too odd to have a path at all. */
class PathsTest {
    @TempDir
    private static Path folder;

    private static TestServer server;
    private static TestClient client;

    @BeforeAll
    static void start() {
        server = TestServer.in(folder).vm(1, folder.resolve("none.sock")).start();
        client = server.admin();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/api",
                "/api/",
                "/api/vm",
                "/api/vm/1",
                "/api/vm/1/status/",
                "/api/vm/1/agent/exec/",
                "/api/vm/1/agent",
                "/API/vm/1/status",
                "/api/v2",
                "/api/v3/vps",
                "/healthz/",
                "/favicon.ico"
            })
    void anUnknownPathOfV1OrOfNoneIsAnsweredAsInV1(String path) {
        TestAnswer answer = client.get(path);

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.code()).isEqualTo("NOT_FOUND");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v2/",
                "/api/v2/vm",
                "/api/v2/keys/",
                "/api/v2/vps/1/",
                "/api/v2/a%20b",
                "/api/v2/%C3%A9",
                "/api/v2/%22%3Cscript%3E",
                "/api/v2/keys/a/b"
            })
    void anUnknownPathOfV2IsAnsweredWithAProblem(String path) {
        TestAnswer answer = client.get(path);

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.json().path("type").asString()).isEqualTo("tag:bellhop.dev,2026:not_found");
        assertThat(answer.json().path("instance").asString()).isEqualTo(path);
    }

    /** Proxies and servers disagree about these, so none of them gets as far as a route. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/metrics;x",
                "/metrics;",
                "/;/metrics",
                "/x;y/../metrics",
                "/x/../metrics",
                "/x/..;/metrics",
                "/./metrics",
                "/metrics/.",
                "/metrics/..",
                "/../metrics",
                "//metrics",
                "///metrics",
                "/api//v2/vps",
                "/%6detrics",
                "/%6Detrics",
                "/%2e/metrics",
                "/x/%2E%2e/metrics",
                "/x%2f..%2fmetrics",
                "/x%5c../metrics",
                "/x\\..\\metrics",
                "/metrics%00",
                "/metrics%0a",
                "/metrics#x",
                "/m\u00e9trics",
                "/api/vm//status",
                "/api/vm/1%2Fstatus",
                "/api/v2/a%25b",
                "/api/vm/%31/status",
                "/api/v2/vps/1;v=2",
                "/api/v2/saved%2Dcommands",
                "http://a/metrics;x",
                "http://a/%6detrics",
                "http://a//metrics"
            })
    void aPathHasOneSpelling(String path) throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            http.send("GET " + path + " HTTP/1.1\r\nHost: a\r\nX-API-Key: " + server.adminKey()
                    + "\r\nConnection: close\r\n\r\n");
            assertThat(http.rest())
                    .startsWith("HTTP/1.1 400 ")
                    .contains("Cannot ")
                    .doesNotContain("bellhop_");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/metrics%3Bx",
                "/metrics%20",
                "/metrics/",
                "/METRICS",
                "/metrics%3Fx",
                "/metrics%C3%A9",
                "/metrics%c3%a9"
            })
    void whatOnlyLooksAlikeIsNotFound(String path) {
        assertThat(client.get(path).status()).isEqualTo(404);
    }

    /** A name is whatever its owner likes, and what has to be encoded in it may be. */
    @ParameterizedTest
    @CsvSource({
        "a b, a%20b",
        "a:b, a:b",
        "a:b, a%3Ab",
        "caf\u00e9, caf%C3%A9",
        "caf\u00e9, caf%c3%a9",
        "x;y, x%3By",
        "a+b, a+b"
    })
    void namesMayBeEncodedWhereTheyNeedIt(String name, String spelt) {
        TestAnswer answer = client.get("/problems/" + spelt);

        assertThat(answer.status())
                .as("the route is found, and no error is called %s", name)
                .isEqualTo(404);
        assertThat(answer.message()).contains("Cannot find an error with this code");
    }

    @ParameterizedTest
    @CsvSource({
        "PUT, /api/vm/1/agent/exec, 'GET, HEAD, POST'",
        "DELETE, /api/vm/1/agent/exec, 'GET, HEAD, POST'",
        "PUT, /api/vm/1/status, 'GET, HEAD, POST'",
        "POST, /healthz, 'GET, HEAD'",
        "OPTIONS, /metrics, 'GET, HEAD'",
        "PATCH, /openapi.yaml, 'GET, HEAD'",
        "DELETE, /api/v2/keys, 'GET, HEAD, POST'",
        "GET, /api/v2/keys/abc/ssh-keys/def, DELETE",
        "HEAD, /api/v2/keys/abc/ssh-keys/def, DELETE",
        "POST, /api/v2/vps, 'GET, HEAD'",
        "PUT, /api/v2/executions/abc/output, 'GET, HEAD'",
        "BREW, /api/vm/1/status, 'GET, HEAD, POST'"
    })
    void aMethodThatAPathDoesNotTakeIsToldThoseItTakes(String method, String path, String allowed) {
        TestAnswer answer = client.send(method, path, request -> {});

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.header("Allow")).isEqualTo(allowed);
    }

    @Test
    void methodsAreRefusedToWhoeverAsks() {
        assertThat(server.client(null).send("PUT", statusPath(1), request -> {}).status())
                .isEqualTo(405);
    }

    @Test
    void headersOverTheLimitAreRefused() throws Exception {
        for (String path : new String[] {statusPath(1), "/api/v2/vps", "/nowhere"}) {
            try (RawHttp http = new RawHttp(server.uri())) {
                TestAnswer answer = http.request("GET", path, "X-Padding: " + "p".repeat(17_000))
                        .answer();
                assertThat(answer.status()).isEqualTo(431);
                assertThat(answer.code()).isEqualToIgnoringCase("REQUEST_HEADER_FIELDS_TOO_LARGE");
            }
        }
        assertThat(client.get("/healthz").status()).isEqualTo(200);
    }

    @Test
    void anAddressOverTheLimitIsRefused() throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            TestAnswer answer =
                    http.request("GET", "/api/v2/vps?" + "q".repeat(17_000)).answer();
            assertThat(answer.status()).isEqualTo(414);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /healthz HTTP/1.1\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: a\r\nNo colon\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n",
                "POST /api/v2/keys HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "POST /api/v2/keys HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
                "POST /api/v2/keys HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "GET http://:bad/ HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
                "nonsense\r\n\r\n"
            })
    void whatIsNotHttpIsRefused(String request) throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            TestAnswer answer = http.send(request).answer();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.code()).isIn("BAD_REQUEST", "invalid_request");
        }
        assertThat(client.get("/healthz").status()).isEqualTo(200);
    }

    @Test
    void everyAnswerHasAnIdOfItsOwnInHeaderAndBody() {
        TestAnswer first = client.get(execPath(7));
        TestAnswer second = client.get(execPath(7));

        // That header and body agree is held by the checker, for every answer of every test.
        assertThat(first.header("X-Request-Id")).isNotEqualTo(second.header("X-Request-Id"));
    }

    @Test
    void theRequestIdOfACallerIsNotTakenOver() {
        TestAnswer answer = client.send("GET", "/healthz", request -> request.header("X-Request-Id", "mine"));

        assertThat(answer.header("X-Request-Id")).isNotEqualTo("mine");
    }
}
