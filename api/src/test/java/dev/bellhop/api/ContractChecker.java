// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import static java.util.stream.Collectors.joining;

import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Holds real answers to {@code openapi.yaml}: status, headers, content type and body must be as the operation documents
 * them. What is not documented is a fault. Thread safe.
 */
public final class ContractChecker {

    private static final OpenApiDocument DOCUMENT = OpenApiDocument.load();

    private ContractChecker() {}

    /**
     * Checks one answer.
     *
     * @param method the method of the request
     * @param path path of the request as it was sent, with or without a query
     * @throws AssertionError naming every way in which the answer differs from the document
     */
    public static void check(String method, String path, HttpResponse<byte[]> response) {
        check(method, path, response.statusCode(), response.headers(), response.body());
    }

    /** The same, for an answer that was read without {@link java.net.http.HttpClient}. */
    public static void check(String method, String path, int status, HttpHeaders headers, byte[] body) {
        String request = method + " " + path + " answered " + status;
        JsonNode documented = DOCUMENT.response(method, path, status)
                .orElseThrow(() -> new AssertionError(request + ", which openapi.yaml does not document there"));

        List<String> faults = new ArrayList<>();
        documented
                .path("headers")
                .properties()
                .forEach(header -> checkHeader(header.getKey(), DOCUMENT.resolve(header.getValue()), headers, faults));
        if (!method.equals("HEAD")) {
            checkContent(documented.path("content"), status, headers, body, faults);
        }
        if (!faults.isEmpty()) {
            throw new AssertionError(faults.stream()
                    .collect(joining("\n  - ", request + ", but not as openapi.yaml documents it:\n  - ", "")));
        }
    }

    /**
     * Checks the data of one event in a stream.
     *
     * @param path path of the request that was answered with the stream
     * @param event the name of the event
     */
    public static void checkEvent(String path, String event, String data) {
        JsonNode documented = DOCUMENT.response("GET", path, 200)
                .map(response -> response.path("content")
                        .path("text/event-stream")
                        .path("x-events")
                        .path(event))
                .filter(node -> !node.isMissingNode())
                .orElseThrow(() -> new AssertionError(
                        path + " sent the event " + event + ", which openapi.yaml does not document there"));
        List<String> faults = DOCUMENT.faultsOfBody(documented, Json.mapper().readTree(data));
        if (!faults.isEmpty()) {
            throw new AssertionError(
                    path + " sent an event " + event + ", but not as openapi.yaml documents it: " + faults);
        }
    }

    private static void checkHeader(String name, JsonNode documented, HttpHeaders headers, List<String> faults) {
        Optional<String> value = headers.firstValue(name);
        if (value.isEmpty()) {
            if (documented.path("required").asBoolean(false)) {
                faults.add("header " + name + ": is missing");
            }
            return;
        }
        JsonNode schema = documented.path("schema");
        DOCUMENT.faults(schema, HeaderValue.parse(value.get(), schema))
                .forEach(fault -> faults.add("header " + name + ": " + fault));
    }

    private static void checkContent(
            JsonNode content, int status, HttpHeaders headers, byte[] body, List<String> faults) {
        @Nullable
        String type = headers.firstValue("Content-Type")
                .map(ContractChecker::withoutParameters)
                .orElse(null);
        if (content.isEmpty()) {
            if (body.length > 0 || type != null) {
                faults.add("body: there must be none");
            }
            return;
        }
        if (type == null || !content.has(type)) {
            Set<String> documented = Set.copyOf(content.propertyNames());
            faults.add("Content-Type: is " + (type == null ? "missing" : type) + " but must be one of " + documented);
            return;
        }
        if (type.endsWith("json")) {
            checkJson(content.path(type), status, headers, body, faults);
        }
    }

    private static void checkJson(JsonNode media, int status, HttpHeaders headers, byte[] body, List<String> faults) {
        JsonNode json;
        try {
            json = Json.mapper().readTree(body);
        } catch (JacksonException e) {
            faults.add("body: is not JSON: " + e.getOriginalMessage());
            return;
        }
        DOCUMENT.faultsOfBody(media, json).forEach(fault -> faults.add("body" + fault));
        // What the document says in words alone.
        expectSame("requestId", json.path("requestId"), headers.firstValue("X-Request-Id"), faults);
        expectSame("retryAfter", json.path("retryAfter"), headers.firstValue("Retry-After"), faults);
        if (json.has("type")) {
            expectSame("status", json.path("status"), Optional.of(String.valueOf(status)), faults);
            Optional<String> type =
                    Optional.of("tag:bellhop.dev,2026:" + json.path("code").asString(""));
            expectSame("type", json.path("type"), type, faults);
        }
    }

    private static void expectSame(String field, JsonNode actual, Optional<String> expected, List<String> faults) {
        if (actual.isValueNode() && !actual.asString().equals(expected.orElse(null))) {
            faults.add(
                    "body/" + field + ": must be " + expected.orElse("absent") + ", as the rest of the answer has it");
        }
    }

    private static String withoutParameters(String contentType) {
        int end = contentType.indexOf(';');
        return (end < 0 ? contentType : contentType.substring(0, end)).strip();
    }

    /** Returns the document as a tree, with the numbers as JSON has them. */
    public static JsonNode json() {
        return Json.mapper().readTree(DOCUMENT.root().toString());
    }

    /** The document as it is published, for tests that compare it with what a server sends. */
    public static byte[] document() {
        return OpenApiDocument.text().getBytes(StandardCharsets.UTF_8);
    }
}
