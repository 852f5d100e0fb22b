// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.e2e.cluster.Cluster;
import dev.bellhop.testkit.Checkout;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A real Prometheus scrapes the API servers and nodes of a real cluster: what asks about a cluster finds it there. */
@Timeout(240)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("cluster")
@Tag("full")
class ClusterMonitoringTest {
    /** Of a cluster alone. */
    static final Pattern METRIC = Pattern.compile("\\bbellhop_(?:(?:cluster|node)_[a-z_]+|audit_unchained)");

    private static final Path PACKAGING = Checkout.ROOT.resolve("packaging");
    private static final Duration SOON = Duration.ofSeconds(60);

    private final HttpClient http = HttpClient.newHttpClient();
    private Cluster cluster;
    private BellhopClient client;
    private Prometheus prometheus;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        Checkout.Ended programs = Checkout.run(folder, Map.of(), List.of("script/prometheus"));
        assertThat(programs.exitCode()).as(programs.stderr()).isZero();
        cluster = Cluster.start(folder);
        client = cluster.client(cluster.a());
        prometheus = Prometheus.start(
                folder,
                Path.of(programs.stdout().strip()),
                List.of(cluster.a().url(), cluster.b().url(), cluster.node(1).statusUrl()),
                cluster.adminKey(),
                PACKAGING.resolve("prometheus/bellhop.rules.yml"));
        await().atMost(SOON).until(() -> {
            run();
            return isPositive("rate(bellhop_cluster_orders_seconds_count[1m])")
                    && isPositive("rate(bellhop_cluster_requests_seconds_count{kind=\"update\"}[1m])")
                    && isPositive("rate(bellhop_executions_ended_total{state=\"exited\"}[1m])");
        });
    }

    @AfterAll
    void stop() {
        http.close();
        prometheus.close();
        client.close();
        cluster.close();
    }

    private void run() throws InterruptedException {
        client.executions()
                .create(
                        1,
                        CreateExecution.command("true").build(),
                        UUID.randomUUID().toString(),
                        SOON);
    }

    private boolean isPositive(String query) {
        return numbers(query).anyMatch(number -> number > 0);
    }

    private DoubleStream numbers(String query) {
        return prometheus
                .query(query)
                .valueStream()
                .mapToDouble(result -> result.required("value").get(1).asDouble(Double.NaN));
    }

    private HttpResponse<String> get(URI server, String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(server.resolve(path))
                        .header("Authorization", "Bearer " + cluster.adminKey())
                        .build(),
                BodyHandlers.ofString());
    }

    /** The names of all that the API servers and the node tell. */
    private Set<String> metrics() throws Exception {
        Set<String> names = new TreeSet<>();
        for (URI each : List.of(cluster.a().url(), cluster.node(1).statusUrl())) {
            get(each, "/metrics")
                    .body()
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.replaceFirst("[{ ].*", ""))
                    .forEach(names::add);
        }
        return names;
    }

    private static Set<String> asked(String query) {
        Set<String> names = new TreeSet<>();
        METRIC.matcher(query).results().map(MatchResult::group).forEach(names::add);
        return names;
    }

    @Test
    void eachRuleAboutAClusterAsksForWhatThereIs() throws Exception {
        List<String> queries = prometheus.rules().stream()
                .map(rule -> rule.required("query").asString())
                .filter(query -> !asked(query).isEmpty())
                .toList();
        assertThat(queries).hasSizeGreaterThan(6);
        Set<String> there = metrics();
        assertThat(queries).allSatisfy(query -> assertThat(there).as(query).containsAll(asked(query)));
        assertThat(prometheus.query("ALERTS{alertstate=\"firing\"}")).isEmpty();
    }

    /** One by one, each by another request of the node, a start would take a commit more. */
    @Test
    void aNodeStoresNothingBeforeItAsksAGuestThatItKnows() throws Exception {
        run();
        double before = intentsStoredByNodes();
        run();
        run();
        assertThat(intentsStoredByNodes()).isEqualTo(before);
    }

    private double intentsStoredByNodes() throws Exception {
        double sum = 0;
        for (URI each : List.of(cluster.a().url(), cluster.b().url())) {
            sum += get(each, "/metrics")
                    .body()
                    .lines()
                    .filter(line ->
                            line.startsWith("bellhop_cluster_requests_seconds_count{kind=\"ask\",outcome=\"ok\"}"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceFirst(".* ", "")))
                    .sum();
        }
        return sum;
    }

    @Test
    void eachPanelAboutAClusterShowsSomething() throws Exception {
        JsonNode dashboard = Json.mapper().readTree(Files.readString(PACKAGING.resolve("grafana/bellhop.json")));
        List<String> queries = dashboard
                .required("panels")
                .valueStream()
                .flatMap(panel -> panel.path("targets").valueStream())
                .map(target -> target.required("expr").asString())
                .filter(query -> !asked(query).isEmpty())
                .map(query -> query.replace("$instance", ".*").replace("$__rate_interval", "10m"))
                .toList();
        assertThat(queries).hasSizeGreaterThan(10);
        run();
        assertThat(queries)
                .allSatisfy(query -> assertThat(numbers(query).anyMatch(Double::isFinite))
                        .as(query)
                        .isTrue());
    }

    @Test
    void aNodeTellsWhetherItIsPartOfTheClusterAndWhatItRan() throws Exception {
        URI node = cluster.node(2).statusUrl();
        HttpResponse<String> health = get(node, "/healthz");
        assertThat(health.statusCode()).isEqualTo(200);
        assertThat(health.body()).isEqualTo("{\"live\":true,\"ready\":true}");
        assertThat(get(node, "/metrics").body())
                .contains("bellhop_node_joined 1.0", "bellhop_node_vms{held=\"true\"} 1.0")
                .containsPattern("bellhop_build_info\\{java=\"[^\"]+\",version=\"[0-9.]+[^\"]*\"\\} 1");
        assertThat(get(node, "/api/v2/vps").statusCode()).isEqualTo(404);
        assertThat(get(cluster.node(1).statusUrl(), "/metrics").body())
                .containsPattern("bellhop_executions_started_total [1-9]");
    }
}
