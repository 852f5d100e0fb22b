// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.app.config.Config;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Who reads /metrics, by what the configuration says. */
class MetricsAccessTest {
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final String WRONG = "0123456789abcdef0123456789abcdee";
    private static final String MARK = "bellhop_build_info";
    private static final int FAILURES = 5;
    private static final int OPEN = 5;

    @TempDir
    private Path folder;

    private TestServer start(boolean enabled, @Nullable InetSocketAddress listen, boolean withToken) throws Exception {
        Path token = withToken ? Files.writeString(folder.resolve("token"), TOKEN + "\n") : null;
        return TestServer.in(folder)
                .metrics(new Config.Metrics(enabled, listen, token))
                .limits(new CallerLimits(
                        CallerLimits.REQUESTS_PER_KEY,
                        FAILURES,
                        OPEN,
                        CallerLimits.FOLLOWERS_PER_KEY,
                        CallerLimits.FOLLOWERS))
                .start();
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static TestAnswer scrape(TestServer server, @Nullable String secret) {
        return server.client(null).send("GET", "/metrics", request -> {
            if (secret != null) {
                request.header("Authorization", "Bearer " + secret);
            }
        });
    }

    private static TestAnswer atItsOwnAddress(TestServer server, String path, @Nullable String secret) {
        return new TestClient(server::metricsUri, null).send("GET", path, request -> {
            if (secret != null) {
                request.header("Authorization", "Bearer " + secret);
            }
        });
    }

    @Test
    void withoutAWordOnItAKeyWithTheScopeReadsThem() throws Exception {
        try (TestServer server = start(true, null, false)) {
            assertThat(scrape(server, null).status()).isEqualTo(401);
            assertThat(scrape(server, TOKEN).status()).isEqualTo(401);
            for (String scope : List.of("read:metrics", "admin")) {
                String key = server.makeKey(List.of(scope), null).secret();
                assertThat(scrape(server, key).text()).as(scope).contains(MARK);
            }
            for (String scope : List.of("read:vm", "write:vm", "power:vm")) {
                String key = server.makeKey(List.of(scope), null).secret();
                assertThat(scrape(server, key).status()).as(scope).isEqualTo(403);
            }
        }
    }

    @Test
    void aKeyForThemReadsNothingElse() throws Exception {
        try (TestServer server = start(true, null, false)) {
            TestClient scraper =
                    server.client(server.makeKey(List.of("read:metrics"), null).secret());
            for (String path : List.of("/api/v2/vps", "/api/v2/executions", "/api/v2/keys", "/api/v2/audit")) {
                assertThat(scraper.get(path).status()).as(path).isEqualTo(403);
            }
        }
    }

    @Test
    void theTokenReadsThemAndNothingElse() throws Exception {
        try (TestServer server = start(true, null, true)) {
            assertThat(scrape(server, TOKEN).text()).contains(MARK);
            assertThat(scrape(server, server.adminKey()).text()).contains(MARK);
            assertThat(scrape(server, null).status()).isEqualTo(401);
            assertThat(server.client(TOKEN).get("/api/v2/vps").status()).isEqualTo(401);
        }
    }

    @Test
    void wrongTokensAreRefusedAsWrongKeysAre() throws Exception {
        try (TestServer server = start(true, null, true)) {
            for (int i = 0; i < FAILURES; i++) {
                assertThat(scrape(server, WRONG).status()).isEqualTo(401);
            }
            assertThat(scrape(server, WRONG).status()).isEqualTo(429);
            assertThat(scrape(server, TOKEN).status())
                    .as("it is right all the same")
                    .isEqualTo(200);
        }
    }

    @Test
    void atTheirOwnAddressTheyAreForWhoeverReachesItAndNowhereElse() throws Exception {
        try (TestServer server = start(true, anyPort(), false)) {
            assertThat(atItsOwnAddress(server, "/metrics", null).text()).contains(MARK);
            assertThat(atItsOwnAddress(server, "/healthz", null).text()).isEqualTo("{\"live\":true,\"ready\":true}");
            try (HttpClient http = HttpClient.newHttpClient()) {
                URI other = server.metricsUri().resolve("/api/v2/vps");
                assertThat(http.send(HttpRequest.newBuilder(other).build(), BodyHandlers.discarding())
                                .statusCode())
                        .isEqualTo(404);
            }
            assertThat(scrape(server, server.adminKey()).status()).isEqualTo(404);
            assertThat(server.admin().get("/api/v2/vps").status()).isEqualTo(200);
        }
    }

    @Test
    void atTheirOwnAddressTheyMayTakeATokenToo() throws Exception {
        try (TestServer server = start(true, anyPort(), true)) {
            assertThat(atItsOwnAddress(server, "/metrics", TOKEN).text()).contains(MARK);
            // The store may be too slow for one check on a busy machine.
            await().until(() -> atItsOwnAddress(server, "/healthz", null).status() == 200);
            TestAnswer refused = atItsOwnAddress(server, "/metrics", null);
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.header("WWW-Authenticate")).isEqualTo("Bearer");
            // Some of the failures are forgotten meanwhile.
            assertThat(IntStream.range(0, 20 * CallerLimits.FAILURES_PER_ADDRESS))
                    .anyMatch(i -> atItsOwnAddress(server, "/metrics", WRONG).status() == 429);
            assertThat(atItsOwnAddress(server, "/metrics", TOKEN).status())
                    .as("it is right all the same")
                    .isEqualTo(200);
        }
    }

    @Test
    void whatStrangersAskFromItsAddressDoesNotCountForTheToken() throws Exception {
        try (TestServer server = start(true, null, true)) {
            assertThat(IntStream.range(0, 20 * OPEN))
                    .anyMatch(i -> server.client(null).get("/openapi.yaml").status() == 429);
            assertThat(IntStream.range(0, 3 * OPEN))
                    .allMatch(i -> scrape(server, TOKEN).status() == 200);
        }
    }

    @Test
    void theLogSaysOnceWhatToSetWhereNothingIs() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger("dev.bellhop.server.http.Authenticator");
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        said.start();
        logger.addAppender(said);
        try {
            try (TestServer server = start(true, null, true)) {
                assertThat(scrape(server, WRONG).status()).isEqualTo(401);
                assertThat(said.list).isEmpty();
            }
            try (TestServer server = start(true, null, false)) {
                assertThat(server.client(null).get("/api/v2/vps").status()).isEqualTo(401);
                assertThat(said.list).isEmpty();
                assertThat(scrape(server, null).status()).isEqualTo(401);
                assertThat(scrape(server, WRONG).status()).isEqualTo(401);
            }
            assertThat(said.list)
                    .singleElement()
                    .satisfies(event -> assertThat(event.getFormattedMessage())
                            .contains("metrics.tokenFile", "metrics.listen", "read:metrics")
                            .doesNotContain(WRONG));
        } finally {
            logger.detachAppender(said);
        }
    }

    @Test
    void whereTheyAreOffTheyAreForNobody() throws Exception {
        try (TestServer server = start(false, null, true)) {
            assertThat(scrape(server, TOKEN).status()).isEqualTo(404);
            assertThat(scrape(server, server.adminKey()).status()).isEqualTo(404);
        }
    }
}
