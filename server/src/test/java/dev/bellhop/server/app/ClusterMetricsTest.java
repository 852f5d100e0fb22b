// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.config.NodeConfig;
import dev.bellhop.server.cluster.ClusterSettings;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.credentials.ClusterFolder;
import dev.bellhop.server.cluster.credentials.ClusterKeys;
import dev.bellhop.server.cluster.credentials.NodeFolder;
import dev.bellhop.server.store.postgres.PostgresSettings;
import dev.bellhop.server.store.postgres.TempPostgres;
import dev.bellhop.testkit.NatsServer;
import dev.bellhop.testkit.RealAgent;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The metrics and the health of an API server of a cluster and of a node. Both start once, with a real NATS and a real PostgreSQL. The
 * test of counters runs first, and the test that kills NATS runs last.
 */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Tag("real")
@Tag("cluster")
class ClusterMetricsTest {
    private static final String CLUSTER = "The nodes, at an API server of a cluster";
    private static final String NODE = "A node";
    private static final Duration SOON = Duration.ofSeconds(60);

    /** Which nodes tell, too. */
    private static final Set<String> OF_BOTH =
            Set.of("bellhop_cluster_nats_connected", "bellhop_cluster_messages_refused_total");

    @RegisterExtension
    private static final TempPostgres temp = new TempPostgres();

    private NatsServer nats;
    private RealAgent agent;
    private TestServer server;
    private BellhopNode node;
    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        PostgresSettings postgres = temp.released();
        Path cluster = folder.resolve("cluster");
        ClusterFolder.create(new ClusterFolder.Request(cluster, List.of("localhost"), 4222, null, null), Instant.now());
        Path credentials = folder.resolve("host-1");
        NodeFolder.create(
                ClusterKeys.read(cluster.resolve("api")),
                new NodeId("host-1"),
                cluster.resolve("api").resolve(ClusterKeys.CA_FILE),
                credentials,
                Instant.now());
        nats = NatsServer.start(folder, cluster.resolve("nats/nats.conf"));
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        List<String> servers = List.of("tls://localhost:" + nats.port());
        server = TestServer.in(folder)
                .postgres(postgres)
                .encryptionKeys(temp.keys())
                .cluster(new ClusterSettings(servers, cluster.resolve("api"), null))
                .start();
        node = BellhopNode.start(NodeConfig.read(Files.writeString(folder.resolve("node.yaml"), """
                listen: 127.0.0.1:0
                data: %s
                cluster: {name: host-1, nats: '%s', credentials: %s}
                executions: {spool: %s}
                hypervisors:
                  - {type: qemu, vms: {1: {agent: %s}}}
                  - {type: qemu, agent: '%s/{vmid}.qga'}
                """.formatted(
                        folder.resolve("node"),
                        servers.getFirst(),
                        credentials,
                        folder.resolve("spool"),
                        agent.socket(),
                        folder))));
        await().atMost(SOON).until(() -> server.admin().get("/api/v2/vps/1").status() == 200);
    }

    @AfterAll
    void stop() {
        http.close();
        node.close();
        server.close();
        nats.close();
        agent.close();
    }

    /** What a node answers, which is not of the API. */
    private HttpResponse<String> ofNode(String method, String path) {
        URI uri = URI.create(node.uri().orElseThrow() + path);
        try {
            return http.send(
                    HttpRequest.newBuilder(uri)
                            .method(method, HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private String scrape() {
        return server.scraper().get("/metrics").text();
    }

    private String scrapeNode() {
        return ofNode("GET", "/metrics").body();
    }

    private static void awaitCollection(Callable<String> scrape) throws Exception {
        scrape.call();
        Runtime.getRuntime().gc();
        await().until(() -> scrape.call().contains("# TYPE jvm_gc_pause_seconds "));
    }

    @Test
    void eachMetricHasItsRowAndEachRowItsMetric() throws Exception {
        awaitCollection(this::scrape);
        awaitCollection(this::scrapeNode);
        assertThat(server.admin().run(1, "true").path("exitcode").asInt()).isZero();

        Map<String, MetricsTables.Shape> told = MetricsTables.told(scrape());
        Map<String, MetricsTables.Shape> ofCluster = MetricsTables.documented(CLUSTER);
        assertThat(ofCluster).hasSizeGreaterThan(10);
        assertThat(told).containsAllEntriesOf(ofCluster);
        Map<String, MetricsTables.Shape> others = MetricsTables.documented(
                "The server", "HTTP", "The database", "The audit trail", "The process and its JVM");
        told.keySet().removeAll(ofCluster.keySet());
        assertThat(others).containsAllEntriesOf(told);

        Map<String, MetricsTables.Shape> toldByNode = MetricsTables.told(scrapeNode());
        Map<String, MetricsTables.Shape> ofNodes = MetricsTables.documented(NODE);
        ofCluster.keySet().retainAll(OF_BOTH);
        ofNodes.putAll(ofCluster);
        assertThat(ofNodes).hasSizeGreaterThan(9);
        assertThat(toldByNode).containsAllEntriesOf(ofNodes);
        toldByNode.keySet().removeAll(ofNodes.keySet());
        Map<String, MetricsTables.Shape> usual =
                MetricsTables.documented("The server", "HTTP", "Executions", "VMs", "The process and its JVM");
        assertThat(usual).containsAllEntriesOf(toldByNode);
        assertThat(toldByNode.keySet())
                .containsAll(MetricsTables.documented("Executions", "VMs").keySet());
    }

    @Test
    void eachSaysWhatItTellsAndNoneNamesAVm() {
        server.admin().run(1, "echo secret-4d1");
        for (String scrape : List.of(scrape(), scrapeNode())) {
            assertThat(MetricsTables.help(scrape).keySet())
                    .isEqualTo(MetricsTables.told(scrape).keySet());
            assertThat(MetricsTables.help(scrape).values())
                    .allSatisfy(text -> assertThat(text).hasSizeGreaterThan(10));
            assertThat(scrape)
                    .doesNotContain(
                            "secret-4d1", server.adminKey(), agent.socket().toString())
                    .doesNotContainPattern("(?i)(vmid|vm|key|account|tenant|command)=\"");
        }
    }

    @Test
    @Order(1)
    void theNumbersAreThoseOfTheNodeAndItsCommands() {
        server.admin().run(1, "true");
        await().atMost(SOON).until(() -> scrape().contains("bellhop_cluster_node_vms{node=\"host-1\"} 1.0"));
        assertThat(scrape())
                .contains(
                        "bellhop_cluster_nodes{state=\"ready\"} 1.0",
                        "bellhop_cluster_nodes{state=\"unreachable\"} 0.0",
                        "bellhop_cluster_vms_unreachable 0.0",
                        "bellhop_cluster_nats_connected 1.0",
                        "bellhop_cluster_requests_seconds_count{kind=\"hello\",outcome=\"ok\"} 1",
                        "bellhop_cluster_requests_seconds_count{kind=\"update\",outcome=\"fenced\"} 0",
                        "bellhop_cluster_orders_seconds_count{kind=\"start\",outcome=\"answered\"} 1");
        assertThat(scrapeNode())
                .contains(
                        "bellhop_node_joined 1.0",
                        "bellhop_node_vms{held=\"true\"} 1.0",
                        "bellhop_node_vms{held=\"false\"} 0.0",
                        "bellhop_executions_started_total 1.0",
                        "bellhop_node_requests_seconds_count{kind=\"hello\",outcome=\"ok\"} 1",
                        "bellhop_node_requests_seconds_count{kind=\"beat\",outcome=\"fenced\"} 0")
                .containsPattern("bellhop_node_repairs_total [1-9]");
    }

    @Test
    void aNodeTellsHowItDoesAndNothingElse() {
        HttpResponse<String> health = ofNode("GET", "/healthz");
        assertThat(health.statusCode()).isEqualTo(200);
        assertThat(health.body()).isEqualTo("{\"live\":true,\"ready\":true}");
        assertThat(health.headers().firstValue("X-Request-Id")).isPresent();
        assertThat(ofNode("HEAD", "/metrics").statusCode()).isEqualTo(200);
        assertThat(ofNode("HEAD", "/metrics").body()).isEmpty();
        for (String path : List.of("/", "/api/v2/vps", "/openapi.yaml", "/metrics/", "/%6Detrics", "/x")) {
            assertThat(ofNode("GET", path).statusCode()).as(path).isEqualTo(404);
        }
        assertThat(ofNode("GET", "//metrics").statusCode()).isEqualTo(400);
        for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS", "PATCH")) {
            assertThat(ofNode(method, "/metrics").statusCode()).as(method).isEqualTo(405);
        }
        assertThat(ofNode("POST", "/healthz").headers().firstValue("Allow")).hasValue("GET, HEAD");
    }

    /** Both without NATS: the node does nothing more, and the server answers what it has stored. */
    @Test
    @Order(Integer.MAX_VALUE)
    void whoHasNoNatsSaysSo() {
        nats.kill();
        await().atMost(SOON).until(() -> ofNode("GET", "/healthz").statusCode() == 503);
        assertThat(ofNode("GET", "/healthz").body())
                .isEqualTo("{\"live\":true,\"ready\":false,\"reason\":\"lease_expired\"}");
        assertThat(scrapeNode()).contains("bellhop_node_joined 0.0", "bellhop_cluster_nats_connected 0.0");
        assertThat(scrape()).contains("bellhop_cluster_nats_connected 0.0");
        assertThat(server.client(null).get("/healthz").status()).isEqualTo(200);
        await().atMost(SOON).until(() -> scrape().contains("bellhop_cluster_vms_unreachable 1.0"));
    }
}
