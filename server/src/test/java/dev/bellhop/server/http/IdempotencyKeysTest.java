// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.DocumentedQuery;
import dev.bellhop.server.app.AllRoutes;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An Idempotency-Key is used or refused. Its sender relies on it. */
class IdempotencyKeysTest {
    private static final String HEADER = "Idempotency-Key";

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

    @Test
    void twoRequestsWithOneDoNotCreateTwoKeys() {
        try (TestServer server = TestServer.in(folder).start()) {
            int before = server.admin().get("/api/v2/keys").json().path("items").size();
            TestAnswer refused = server.admin().send("POST", "/api/v2/keys", request -> {
                request.header(HEADER, "once").header("Content-Type", "application/json");
                request.method("POST", BodyPublishers.ofString("{\"name\":\"n\",\"scopes\":[\"read:vm\"]}"));
            });
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.text()).contains("Cannot use an Idempotency-Key here");
            assertThat(server.admin().get("/api/v2/keys").json().path("items")).hasSize(before);
            TestAnswer deleted = server.admin()
                    .send("DELETE", "/api/v2/saved-commands/none", request -> request.header(HEADER, "once"));
            assertThat(deleted.status()).as(deleted.text()).isNotEqualTo(400);
        }
    }
}
