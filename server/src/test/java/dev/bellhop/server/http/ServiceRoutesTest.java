// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.ContractChecker;
import dev.bellhop.api.v2.Problem;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.failure.ErrorCode;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the server tells of itself, to anyone. */
@Tag("real")
class ServiceRoutesTest {
    @TempDir
    private static Path folder;

    private static TestServer server;
    private static TestClient anyone;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.in(folder).realAgent(1).start();
        anyone = server.client(null);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aServerThatRunsIsLiveAndReady() {
        assertThat(anyone.get("/healthz").text()).isEqualTo("{\"live\":true,\"ready\":true}");
    }

    @Test
    void theDocumentIsTheOneTheTestsHoldItTo() {
        TestAnswer answer = anyone.get("/openapi.yaml");

        assertThat(answer.body()).isEqualTo(ContractChecker.document());
        assertThat(answer.header("Content-Type")).isEqualTo("application/yaml");
    }

    @Test
    void theDocumentIsAlsoThereAsJson() {
        TestAnswer answer = anyone.get("/openapi.json");

        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.json()).isEqualTo(ContractChecker.json());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/openapi.yaml", "/openapi.json"})
    void aClientThatHasTheDocumentIsToldSo(String path) {
        String etag = String.valueOf(anyone.get(path).header("ETag"));

        for (String known : List.of(etag, "W/" + etag, "\"other\", " + etag, "*")) {
            TestAnswer same = anyone.send("GET", path, request -> request.header("If-None-Match", known));
            assertThat(same.status()).as(known).isEqualTo(304);
            assertThat(same.body()).isEmpty();
            assertThat(same.header("ETag")).isEqualTo(etag);
            assertThat(same.header("Cache-Control")).isEqualTo("no-cache");
        }
        assertThat(anyone.send("GET", path, request -> request.header("If-None-Match", "\"other\""))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void theTwoFormsHaveDifferentETags() {
        assertThat(anyone.get("/openapi.json").header("ETag"))
                .isNotEqualTo(anyone.get("/openapi.yaml").header("ETag"));
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void everyCodeHasAPage(ErrorCode code) {
        TestAnswer answer = anyone.get(Problem.pageOf(code.wireName()));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("text/plain; charset=utf-8");
        assertThat(answer.text())
                .startsWith("# " + code.wireName() + "\n\n" + ErrorResponses.status(code.kind()) + " ")
                .doesNotContain("\n#")
                .hasSizeGreaterThan(80);
    }

    @Test
    void aPageHasWhatIsTrueOfItsStatusAndOfItsCode() {
        assertThat(anyone.get("/problems/agent_unavailable").text())
                .startsWith("# agent_unavailable\n\n409 Conflict\n\nNothing was done.")
                .contains("`deliveryTimeoutSeconds`")
                .doesNotContain("supervisor");
        assertThat(anyone.get("/problems/NOT_FOUND").status()).isEqualTo(404);
    }

    @Test
    void metricsCountExecutions() {
        server.admin().run(1, "true");

        Awaitility.await()
                .untilAsserted(() -> assertThat(server.scraper().get("/metrics").text())
                        .containsPattern("(?m)^bellhop_executions_started_total [1-9]")
                        .containsPattern("(?m)^bellhop_executions_ended_total\\{state=\"exited\"\\} [1-9]")
                        .containsPattern("(?m)^# HELP bellhop_executions_running .+"));
        assertThat(server.scraper().get("/metrics").header("Content-Type")).startsWith("text/plain; version=0.0.4");
    }
}
