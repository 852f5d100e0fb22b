// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.ContractChecker;
import dev.bellhop.api.Json;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One connection on which events come, each held to openapi.yaml. */
public final class EventReader implements AutoCloseable {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String path;
    private final BufferedReader lines;
    private int comments;

    private EventReader(String path, BufferedReader lines) {
        this.path = path;
        this.lines = lines;
    }

    public record Event(String id, String name, JsonNode data) {
        public String state() {
            return data.path("state").asString("");
        }

        public byte[] bytes() {
            return data.has("text")
                    ? data.path("text").asString().getBytes(StandardCharsets.UTF_8)
                    : Base64.getDecoder().decode(data.path("base64").asString());
        }
    }

    public static EventReader open(URI server, String path, String key, @Nullable String lastEventId)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + path))
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + key);
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        HttpResponse<InputStream> answer = HTTP.send(request.build(), BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        ContractChecker.check("GET", path, 200, answer.headers(), new byte[0]);
        return new EventReader(path, new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8)));
    }

    /** The next event; absent at the end of the stream. */
    @Nullable
    public Event next() throws IOException {
        String id = "";
        String name = "";
        String data = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.isEmpty() && !name.isEmpty()) {
                ContractChecker.checkEvent(path, name, data);
                return new Event(id, name, Json.mapper().readTree(data));
            } else if (line.startsWith(":")) {
                comments++;
            } else if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                name = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data = line.substring(6);
            }
        }
        assertThat(name).as("no event is cut off").isEmpty();
        return null;
    }

    /** Waits for a heartbeat, where no event is to come before it. */
    public void heartbeat() throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(":")) {
                comments++;
                return;
            }
            assertThat(line).as("what comes before a heartbeat").isEmpty();
        }
        throw new EOFException("the stream has ended");
    }

    /** Comments so far, which are heartbeats. */
    public int comments() {
        return comments;
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
