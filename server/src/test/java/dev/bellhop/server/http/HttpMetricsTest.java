// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.http.client.EventReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What /metrics tells of requests. */
@Tag("real")
class HttpMetricsTest {
    private static final String EXECUTIONS = "/api/v2/vps/{vmid}/executions";
    private static final String EXECUTION = "/api/v2/executions/{id}";

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static TestClient admin;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.in(folder).realAgent(1).start();
        admin = server.admin();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String scrape() {
        return admin.get("/metrics").text();
    }

    private static long count(String method, String route, int status, boolean wait) {
        return number("bellhop_http_requests_seconds_count{method=\"" + method + "\",route=\"" + route + "\",status=\""
                + status + "\",wait=\"" + wait + "\"}");
    }

    private static long number(String series) {
        return Pattern.compile("(?m)^" + Pattern.quote(series) + " (\\S+)$")
                .matcher(scrape())
                .results()
                .mapToLong(match -> (long) Double.parseDouble(match.group(1)))
                .findAny()
                .orElse(0);
    }

    private static String begin(String command) {
        return admin.post("/api/v2/vps/1/executions", "{\"command\": \"" + command + "\"}")
                .json()
                .path("id")
                .asString();
    }

    @Test
    void aRequestCountsForItsRouteAndStatus() {
        long before = count("GET", "/healthz", 200, false);

        admin.get("/healthz");
        admin.get("/healthz");

        assertThat(count("GET", "/healthz", 200, false)).isEqualTo(before + 2);
        assertThat(number("bellhop_http_requests_seconds_bucket{method=\"GET\",route=\"/healthz\",status=\"200\","
                        + "wait=\"false\",le=\"+Inf\"}"))
                .isEqualTo(before + 2);
    }

    @Test
    void theRouteIsATemplateWhateverThePathSays() {
        assertThat(admin.get("/api/vm/987650123/status").status()).isEqualTo(404);
        assertThat(server.client(null).get("/api/vm/987650124/status").status()).isEqualTo(401);

        assertThat(count("GET", "/api/vm/{vmid}/status", 404, false)).isPositive();
        assertThat(count("GET", "/api/vm/{vmid}/status", 401, false)).isPositive();
        assertThat(scrape()).doesNotContain("987650123", "987650124");
    }

    @Test
    void whatFindsNoRouteIsCountedTogether() throws Exception {
        long unknown = count("any", "unmatched", 404, false);
        long method = count("any", "unmatched", 405, false);
        long malformed = count("any", "unmatched", 400, false);

        assertThat(admin.get("/secret-9f3").status()).isEqualTo(404);
        assertThat(admin.send("DELETE", "/healthz", request -> {}).status()).isEqualTo(405);
        try (RawHttp another = new RawHttp(server.uri())) {
            assertThat(another.request("GET", "/api//secret-9f4").rawStatus()).isEqualTo(400);
        }
        try (RawHttp noHttp = new RawHttp(server.uri())) {
            assertThat(noHttp.send("secret-9f5\r\n\r\n").rawStatus()).isEqualTo(400);
        }

        assertThat(count("any", "unmatched", 404, false)).isEqualTo(unknown + 1);
        assertThat(count("any", "unmatched", 405, false)).isEqualTo(method + 1);
        assertThat(count("any", "unmatched", 400, false)).isEqualTo(malformed + 2);
        assertThat(scrape()).doesNotContain("secret-9f");
    }

    @Test
    void whoWaitsIsApart() {
        String id = begin("true");
        long plain = count("GET", EXECUTION, 200, false);

        admin.get("/api/v2/executions/" + id + "?wait=30");

        assertThat(count("GET", EXECUTION, 200, true)).isPositive();
        assertThat(count("GET", EXECUTION, 200, false)).isEqualTo(plain);
        assertThat(count("POST", EXECUTIONS, 202, false) + count("POST", EXECUTIONS, 201, false))
                .isPositive();
    }

    /** It goes on for as long as the command runs, and is counted while it does. */
    @Test
    void aStreamCountsWhenItBegins() throws Exception {
        String id = begin("cat");
        long before = count("GET", EXECUTION + "/events", 200, false);
        try (EventReader events =
                EventReader.open(server.uri(), "/api/v2/executions/" + id + "/events", server.adminKey(), null)) {
            assertThat(events).isNotNull();
            assertThat(count("GET", EXECUTION + "/events", 200, false)).isEqualTo(before + 1);
        } finally {
            admin.post("/api/v2/executions/" + id + "/actions/cancel", "{}");
        }
    }

    @Test
    void aHeadCountsAsItsGet() {
        long before = count("GET", "/openapi.yaml", 200, false);
        admin.send("HEAD", "/openapi.yaml", request -> {});
        assertThat(count("GET", "/openapi.yaml", 200, false)).isEqualTo(before + 1);
    }

    @Test
    void aReadyServerSaysSo() {
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> number("bellhop_ready") == 1);
    }
}
