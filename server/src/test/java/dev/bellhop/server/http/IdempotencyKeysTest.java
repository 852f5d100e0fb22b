// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.DocumentedQuery;
import dev.bellhop.server.app.AllRoutes;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.service.UseCase;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An Idempotency-Key is used or refused. Its sender relies on it. */
class IdempotencyKeysTest {
    private static final String HEADER = "Idempotency-Key";
    private static final String REFUSED =
            "Cannot use an Idempotency-Key here because a repeated request is carried out again; leave it out";

    @TempDir
    private Path folder;

    @Test
    void theRoutesThatTakeOneAreTheDocumentedOnes() throws Exception {
        List<Route> routes = AllRoutes.in(folder).stream()
                .filter(route -> route.template().startsWith("/api/v2/"))
                .toList();
        assertThat(routes)
                .filteredOn(Route::takesIdempotencyKey)
                .hasSizeGreaterThan(6)
                .allSatisfy(route -> assertThat(route.method()).isEqualTo("POST"));
        assertThat(routes)
                .allSatisfy(route -> assertThat(route.takesIdempotencyKey())
                        .as("%s %s", route.method(), route.template())
                        .isEqualTo(DocumentedQuery.headers(route.method(), route.template())
                                .contains(HEADER)));
    }

    /** VM 1 and the key exist, so a request would be carried out, or fail for want of a field. */
    @Test
    void allOtherChangesRefuseOne() throws Exception {
        List<Route> others = AllRoutes.in(folder).stream()
                .filter(route -> route.template().startsWith("/api/v2/"))
                .filter(route -> !route.method().equals("GET") && !route.takesIdempotencyKey())
                .filter(route -> route.useCase() != UseCase.EXECUTION_CHECK)
                .toList();
        assertThat(others).hasSizeGreaterThan(40);
        assertThat(others).extracting(Route::method).contains("POST", "PUT", "PATCH", "DELETE");
        try (TestServer server =
                TestServer.in(folder).vm(1, folder.resolve("none.sock")).start()) {
            String key = server.makeKey(List.of("read:vm"), null).id();
            for (Route route : others) {
                for (int i = 0; i < 2; i++) {
                    TestAnswer answer = server.admin()
                            .send(
                                    route.method(),
                                    path(route, key),
                                    request -> request.header(HEADER, "once").method(route.method(), body(route)));
                    String as = route.method() + " " + route.template() + " " + answer.text();
                    assertThat(answer.status()).as(as).isEqualTo(400);
                    assertThat(answer.message()).as(as).isEqualTo(REFUSED);
                }
            }
            assertThat(server.admin().get("/api/v2/keys/" + key).json().has("revokedAt"))
                    .isFalse();
        }
    }

    private static String path(Route route, String key) {
        return route.template().replace("{vmid}", "1").replace("{id}", key).replaceAll("\\{[a-zA-Z]+\\}", "none-of-it");
    }

    private static HttpRequest.BodyPublisher body(Route route) {
        boolean isJson = route.body().contentType().equals("application/json");
        return route.method().equals("DELETE") ? BodyPublishers.noBody() : BodyPublishers.ofString(isJson ? "{}" : "");
    }

    @Test
    void twoRequestsWithOneDoNotCreateTwoKeys() {
        try (TestServer server = TestServer.in(folder).start()) {
            int before = server.admin().get("/api/v2/keys").json().path("items").size();
            TestAnswer refused = server.admin().send("POST", "/api/v2/keys", request -> {
                request.header(HEADER, "once").header("Content-Type", "application/json");
                request.method("POST", BodyPublishers.ofString("{\"name\":\"n\",\"scopes\":[\"read:vm\"]}"));
            });
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.message()).isEqualTo(REFUSED);
            assertThat(server.admin().get("/api/v2/keys").json().path("items")).hasSize(before);
        }
    }
}
