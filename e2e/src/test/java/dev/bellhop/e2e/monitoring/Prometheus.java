// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.monitoring;

import dev.bellhop.api.Json;
import dev.bellhop.testkit.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** Debian's Prometheus as a process of its own, which scrapes servers and nodes each second. */
final class Prometheus implements AutoCloseable {
    private static final Pattern LISTENING = Pattern.compile("msg=\"Listening on\".* address=(\\S+)");

    private static final Duration START_TIMEOUT = Duration.ofMinutes(1);

    private final HttpClient http = HttpClient.newHttpClient();
    private final Path log;
    private final Process process;
    private final URI address;

    private Prometheus(Path log, Process process) {
        this.log = log;
        this.process = process;
        this.address = Awaitility.await()
                .atMost(START_TIMEOUT)
                .until(this::listening, Optional::isPresent)
                .orElseThrow();
    }

    /**
     * Starts one, and returns once it can be asked.
     *
     * @param programs the folder it is in
     * @param scraped of which it reads {@code /metrics}
     * @param token what it shows them
     * @param rules the file with its rules, or what stands for several
     */
    static Prometheus start(Path folder, Path programs, List<URI> scraped, String token, Path rules)
            throws IOException {
        Path credentials = Files.writeString(folder.resolve("prometheus.token"), token);
        Path configuration = Files.writeString(folder.resolve("prometheus.yml"), """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: ["%s"]
                scrape_configs:
                  - job_name: bellhop
                    authorization: {credentials_file: %s}
                    static_configs:
                      - targets: [%s]
                """.formatted(
                rules,
                credentials,
                scraped.stream().map(each -> '"' + each.getAuthority() + '"').collect(Collectors.joining(", "))));
        Path log = folder.resolve("prometheus.log");
        Prometheus started = new Prometheus(
                log,
                Programs.start(
                        folder,
                        log,
                        List.of(
                                programs.resolve("prometheus").toString(),
                                "--config.file=" + configuration,
                                "--storage.tsdb.path=" + folder.resolve("tsdb"),
                                "--web.listen-address=127.0.0.1:0")));
        Awaitility.await().atMost(START_TIMEOUT).until(started::isReady);
        return started;
    }

    /** It listens before it has read what it has on disk. */
    private boolean isReady() throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(address.resolve("/-/ready")).build(), BodyHandlers.discarding())
                        .statusCode()
                == 200;
    }

    /** Where, once it does. */
    private Optional<URI> listening() throws IOException {
        return LISTENING
                .matcher(Files.readString(log))
                .results()
                .map(found -> URI.create("http://" + found.group(1)))
                .findFirst();
    }

    /** What it answers to a query that it accepts. */
    JsonNode query(String expression) {
        return ask("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
                .required("result");
    }

    /** All rules that it has loaded. */
    List<JsonNode> rules() {
        return ask("/api/v1/rules")
                .required("groups")
                .valueStream()
                .flatMap(group -> group.required("rules").valueStream())
                .toList();
    }

    private JsonNode ask(String path) {
        try {
            String body = http.send(
                            HttpRequest.newBuilder(address.resolve(path)).build(), BodyHandlers.ofString())
                    .body();
            JsonNode answer = Json.mapper().readTree(body);
            if (!answer.path("status").asString("").equals("success")) {
                throw new IllegalStateException(path + ": " + body);
            }
            return answer.required("data");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        Programs.end(process);
    }
}
