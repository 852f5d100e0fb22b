// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.DocumentedQuery;
import dev.bellhop.server.app.AllRoutes;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A misspelt query parameter is refused, because without it the request would do something else. */
class QueryParametersTest {
    @TempDir
    private static Path folder;

    private static TestServer server;
    private static TestClient admin;

    @BeforeAll
    static void start() {
        server = TestServer.in(folder).vm(1, folder.resolve("nobody.sock")).start();
        admin = server.admin();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void eachRouteHasThoseThatAreDocumented(@TempDir Path other) throws Exception {
        List<Route> routes = AllRoutes.in(other).stream()
                .filter(route -> route.template().startsWith("/api/v2/"))
                .toList();
        assertThat(routes)
                .hasSizeGreaterThan(80)
                .allSatisfy(route -> assertThat(route.query())
                        .as("%s %s", route.method(), route.template())
                        .isEqualTo(DocumentedQuery.of(route.method(), route.template())));
    }

    private static TestAnswer send(String method, String path) {
        boolean hasBody = method.equals("POST") || method.equals("PUT");
        return admin.send(
                method,
                path,
                request -> request.method(method, hasBody ? BodyPublishers.ofString("x") : BodyPublishers.noBody()));
    }

    private static void assertUnknown(TestAnswer answer, String name) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("invalid_field");
        assertThat(answer.json().at("/errors/0/parameter").asString()).isEqualTo(name);
        assertThat(answer.json().path("errors").path(0).has("pointer")).isFalse();
        assertThat(answer.json().at("/errors/0/code").asString()).isEqualTo("unknown_field");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v2/executions?states=running, states",
        "GET, /api/v2/executions?limit=5&State=running, State",
        "GET, /api/v2/ssh?x, x",
        "GET, /api/v2/ssh?/x=1, %2Fx",
        "HEAD, /api/v2/vps?Limit=1, Limit",
        "DELETE, /api/v2/saved-commands/none?acount=A, acount",
        "POST, /api/v2/masks?acount=A, acount",
        "PUT, /api/v2/vps/1/files?path=/x&Mode=0600, Mode",
        "GET, /api/v2/executions?%6cimits=1, limits",
        "GET, '/api/v2/executions?=1', ''",
    })
    void anUnknownOneIsRefused(String method, String path, String name) {
        TestAnswer answer = send(method, path);
        if (method.equals("HEAD")) {
            assertThat(answer.status()).isEqualTo(400);
        } else {
            assertUnknown(answer, name);
        }
    }

    @Test
    void theErrorNamesThoseThatAreKnown() {
        assertThat(admin.get("/api/v2/keys?page=2")
                        .json()
                        .at("/errors/0/detail")
                        .asString())
                .isEqualTo("The query parameters of this request are account, cursor, limit, name, scope, vmid");
        assertThat(admin.get("/api/v2/ssh?page=2").json().at("/errors/0/detail").asString())
                .isEqualTo("This request has no query parameters");
    }

    @Test
    void aShortRequestGetsNoLongAnswer() {
        StringBuilder query = new StringBuilder("x".repeat(500));
        for (int i = 0; i < 1_000; i++) {
            query.append("&q").append(i);
        }
        TestAnswer answer = admin.get("/api/v2/executions?" + query);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("errors")).hasSize(5);
        assertThat(answer.body().length).isLessThan(query.length());
    }

    @Test
    void nothingIsDoneWithAMisspeltOne() {
        String saved = "/api/v2/saved-commands/deploy";
        assertThat(admin.post("/api/v2/saved-commands", "{\"name\": \"deploy\", \"argv\": [\"true\"]}")
                        .status())
                .isEqualTo(201);
        assertUnknown(send("DELETE", saved + "?acount=" + server.makeAccount("a")), "acount");
        assertThat(admin.get(saved).status()).isEqualTo(200);
    }

    @Test
    void v1IgnoresThem() {
        assertThat(admin.get("/api/vm/1/status?x=1").status()).isEqualTo(200);
    }
}
