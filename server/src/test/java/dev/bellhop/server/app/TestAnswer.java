// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.api.ContractChecker;
import dev.bellhop.api.Json;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An answer that is as openapi.yaml documents it. */
@SuppressWarnings("ArrayRecordComponent") // Made for one test, which leaves it alone.
public record TestAnswer(int status, HttpHeaders headers, byte[] body) {
    static TestAnswer of(String method, String path, HttpResponse<byte[]> response) {
        return of(method, path, response.statusCode(), response.headers(), response.body());
    }

    public static TestAnswer of(String method, String path, int status, HttpHeaders headers, byte[] body) {
        ContractChecker.check(method, path, status, headers, body);
        return new TestAnswer(status, headers, body);
    }

    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    public JsonNode json() {
        return Json.mapper().readTree(body);
    }

    /** What stands in the envelope of v1. */
    public JsonNode data() {
        return json().path("data");
    }

    /** What a person is told went wrong, in either version. */
    public String message() {
        JsonNode json = json();
        return json.path(json.has("detail") ? "detail" : "message").asString();
    }

    public String code() {
        return json().path("code").asString();
    }

    public @Nullable String header(String name) {
        return headers.firstValue(name).orElse(null);
    }
}
