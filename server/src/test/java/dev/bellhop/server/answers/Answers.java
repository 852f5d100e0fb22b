// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Sends requests as callers who have names, and records what is answered. */
final class Answers {
    private final TestServer server;
    private final Recording recording;
    private final Map<String, String> keys = new LinkedHashMap<>();
    private final Set<String> succeeded = new LinkedHashSet<>();

    Answers(TestServer server, Recording recording) {
        this.server = server;
        this.recording = recording;
    }

    Recording recording() {
        return recording;
    }

    /** Lets somebody speak with this key. */
    void caller(String name, String key) {
        recording.name(key, "key of " + name);
        keys.put(name, key);
        if (key.startsWith("bellhop_")) {
            recording.name(idOf(name), name);
        }
    }

    String key(String caller) {
        return keys.getOrDefault(caller, "");
    }

    TestClient client(String caller) {
        return server.client(caller.equals("nobody") ? null : key(caller));
    }

    /** Which method and path answered with success, without the query. */
    Set<String> succeeded() {
        return succeeded;
    }

    TestAnswer get(String caller, String path, String... headers) {
        return play(caller, "GET", path, "", headers);
    }

    TestAnswer delete(String caller, String path) {
        return play(caller, "DELETE", path, "");
    }

    TestAnswer post(String caller, String path, String body, String... headers) {
        return play(caller, "POST", path, body, headers);
    }

    TestAnswer put(String caller, String path, String body) {
        return play(caller, "PUT", path, body);
    }

    /** Sends a request and records it and its answer. Single quotes in the body stand for double ones. */
    TestAnswer play(String caller, String method, String path, String body, String... headers) {
        TestAnswer answer = send(caller, method, path, body, headers);
        record(caller, method, path, body, answer, headers);
        return answer;
    }

    /**
     * As {@link #play} with POST, for what is made: its id and its secret are shown by this name from now on, and whoever
     * holds the secret can be a caller.
     */
    TestAnswer make(String name, String caller, String path, String body, String... headers) {
        TestAnswer answer = send(caller, "POST", path, body, headers);
        if (answer.status() >= 300) {
            throw new AssertionError(name + ": " + answer.text());
        }
        JsonNode made = answer.json();
        JsonNode id = made.has("data") ? made.path("data").path("executionId") : made.path("id");
        recording.name(id.asString(made.path("executionId").asString("")), name);
        if (made.has("key")) {
            caller(name, made.path("key").asString());
        }
        record(caller, "POST", path, body, answer, headers);
        return answer;
    }

    /** As {@link #make} for power in v1, whose answer calls the operation a job. */
    JsonNode makeJob(String name, String caller, String path, String body) {
        TestAnswer answer = send(caller, "POST", path, body);
        recording.name(answer.data().path("jobId").asString(), name);
        record(caller, "POST", path, body, answer);
        return answer.data();
    }

    /** Sends the head of a request as the admin, as no decent client does. */
    void raw(String method, String path, String... headers) throws IOException {
        try (RawHttp http = new RawHttp(server.uri())) {
            http.request(
                    method,
                    path,
                    Stream.concat(Stream.of("X-API-Key: " + key("admin")), Stream.of(headers))
                            .toArray(String[]::new));
            TestAnswer answer = http.answer();
            recording.asked("raw: " + method + " " + path + " " + String.join(" ", headers));
            recording.answered(answer.status(), answer.headers(), answer.text());
        }
    }

    /** Records an answer to a GET, and of its body nothing. */
    void recordWithoutBody(String caller, String path, TestAnswer answer) {
        record(caller, "GET", path, "", new TestAnswer(answer.status(), answer.headers(), new byte[0]));
    }

    /** The id of a caller's key, as it stands in the key. */
    String idOf(String caller) {
        return key(caller).split("_", 3)[1];
    }

    private TestAnswer send(String caller, String method, String path, String body, String... headers) {
        return client(caller).send(method, path, request -> {
            request.method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(quoted(body)));
            if (headers.length > 0) {
                request.headers(headers);
            }
        });
    }

    private void record(String caller, String method, String path, String body, TestAnswer answer, String... headers) {
        asked(caller, method, path, body, headers);
        recording.answered(answer.status(), answer.headers(), answer.text());
        if (answer.status() < 300) {
            succeeded.add(method + " " + path.replaceFirst("\\?.*", ""));
        }
    }

    private void asked(String caller, String method, String path, String body, String... headers) {
        StringBuilder line = new StringBuilder(caller + ": " + method + " " + path);
        for (int i = 0; i < headers.length; i += 2) {
            line.append(" [")
                    .append(headers[i])
                    .append(": ")
                    .append(headers[i + 1])
                    .append("]");
        }
        String shown = quoted(body);
        if (!body.isEmpty()) {
            line.append(" ").append(shown.length() > 2_000 ? shown.substring(0, 100) + "… " + shown.length() : shown);
        }
        recording.asked(line.toString());
    }

    private static String quoted(String body) {
        return body.replace('\'', '"');
    }

    /** Follows events: does something as soon as this text has come, and records all that came until the end. */
    void follow(String caller, String path, String text, ThrowingRunnable then) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.uri() + path))
                .header("Authorization", "Bearer " + key(caller))
                .build();
        asked(caller, "GET", path, "");
        try (HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
            StringBuilder all = new StringBuilder();
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
                boolean waits = true;
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    all.append(line).append("\n");
                    if (waits && line.contains(text)) {
                        waits = false;
                        then.run();
                    }
                }
            }
            recording.answered(answer.statusCode(), answer.headers(), all.toString());
        }
    }

    @FunctionalInterface
    interface ThrowingRunnable {
        void run() throws IOException;
    }
}
