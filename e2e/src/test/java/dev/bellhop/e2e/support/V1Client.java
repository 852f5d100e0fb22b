// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client of the v1 API that uses nothing of Bellhop's own: plain requests, plain JSON. Thread safe. It never repeats a
 * POST, even if the answer was lost.
 */
public final class V1Client implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofMinutes(3);
    private static final JsonMapper JSON = JsonMapper.shared();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI url;
    private final String key;

    public V1Client(URI url, String key) {
        this.url = url;
        this.key = key;
    }

    /** An answer: its HTTP status and its body as JSON. */
    public record Answer(int status, JsonNode body) {
        /** The payload of a success. */
        public JsonNode data() {
            assertThat(status).as("the answer %s", body).isEqualTo(200);
            assertThat(body.path("success").asBoolean()).isTrue();
            return body.required("data");
        }
    }

    public Answer get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    /** Sends a request to run a command. */
    public Answer post(int vmid, String command) throws IOException, InterruptedException {
        String body = JSON.writeValueAsString(Map.of("command", command));
        return send(request(execPath(vmid))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /** Starts a command and returns its pid. */
    public long start(int vmid, String command) throws IOException, InterruptedException {
        return post(vmid, command).data().required("pid").asLong();
    }

    /** The present state of a command. */
    public JsonNode result(int vmid, long pid) throws IOException, InterruptedException {
        return get(execPath(vmid) + "?pid=" + pid).data();
    }

    /** Polls for a command's result until it has ended. */
    public JsonNode awaitExit(int vmid, long pid) {
        return await().atMost(DEADLINE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> result(vmid, pid), data -> data.required("exited").asBoolean());
    }

    /** Runs a command and returns its result. */
    public JsonNode run(int vmid, String command) throws IOException, InterruptedException {
        return awaitExit(vmid, start(vmid, command));
    }

    /** The status of a VM. */
    public JsonNode status(int vmid) throws IOException, InterruptedException {
        return get("/api/vm/" + vmid + "/status").data();
    }

    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }

    private static String execPath(int vmid) {
        return "/api/vm/" + vmid + "/agent/exec";
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(url.resolve(path)).timeout(DEADLINE).header("X-API-Key", key);
    }

    private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), JSON.readTree(response.body()));
    }
}
