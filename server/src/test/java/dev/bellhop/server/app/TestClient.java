// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Somebody who speaks HTTP with one key. Every answer is held to openapi.yaml before a test sees it. */
public final class TestClient {
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    private final HttpClient http;
    private final Supplier<URI> base;
    private final @Nullable String key;

    TestClient(Supplier<URI> base, @Nullable String key) {
        this(base, key, HTTP);
    }

    /** One who speaks TLS with whom this context trusts. */
    public TestClient(Supplier<URI> base, @Nullable String key, SSLContext trusting) {
        this(
                base,
                key,
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(Duration.ofSeconds(10))
                        .sslContext(trusting)
                        .build());
    }

    private TestClient(Supplier<URI> base, @Nullable String key, HttpClient http) {
        this.base = base;
        this.key = key;
        this.http = http;
    }

    /** A key that was made, as whoever made it was told of it. */
    public record MadeKey(String id, String secret) {
        static MadeKey of(TestAnswer answer) {
            assertThat(answer.status()).isEqualTo(201);
            return new MadeKey(
                    answer.json().path("id").asString(),
                    answer.json().path("key").asString());
        }
    }

    public TestAnswer get(String path) {
        return send("GET", path, request -> {});
    }

    public TestAnswer post(String path, String json) {
        return send(
                "POST",
                path,
                request -> request.header("Content-Type", "application/json")
                        .method("POST", BodyPublishers.ofString(json)));
    }

    /** Sends a request without a body, unless the last argument gives it one. */
    public TestAnswer send(String method, String path, Consumer<HttpRequest.Builder> more) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base.get() + path))
                .timeout(Duration.ofSeconds(60))
                .method(method, BodyPublishers.noBody());
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        more.accept(request);
        try {
            return TestAnswer.of(method, path, http.send(request.build(), BodyHandlers.ofByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Asks for a command to be started. */
    public TestAnswer tryExec(long vmid, String command) {
        return post(execPath(vmid), Json.mapper().writeValueAsString(Map.of("command", command)));
    }

    /** Starts a command and gives its pid. */
    public long exec(long vmid, String command) {
        TestAnswer started = tryExec(vmid, command);
        assertThat(started.status()).as(started.text()).isEqualTo(200);
        return started.data().path("pid").asLong();
    }

    /** The result of a command, once it has ended. */
    public TestAnswer result(long vmid, long pid) {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> get(execPath(vmid) + "?pid=" + pid), answer -> {
                    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
                    return answer.data().path("exited").asBoolean();
                });
    }

    /** Runs a command to its end and gives the data of its result. */
    public JsonNode run(long vmid, String command) {
        return result(vmid, exec(vmid, command)).data();
    }

    public static String execPath(long vmid) {
        return "/api/vm/" + vmid + "/agent/exec";
    }

    public static String statusPath(long vmid) {
        return "/api/vm/" + vmid + "/status";
    }
}
