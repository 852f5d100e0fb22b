// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.Json;
import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.RealAgent;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A real Prometheus scrapes a real server, and the alert rules and the dashboard find in it what they ask for. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
class MonitoringTest {
    private static final Path PACKAGING = Checkout.ROOT.resolve("packaging");
    private static final Path RULES = PACKAGING.resolve("prometheus/bellhop.rules.yml");
    private static final Pattern METRIC = Pattern.compile("\\b(?:bellhop|jvm|process)_[a-z_]+");

    private static final String TOKEN = "0123456789abcdef0123456789abcdef";

    /** Of a server without TLS, which has no such metric. */
    private static final String TLS = "bellhop_tls_certificate_expiry_timestamp_seconds";

    /** Those that show something only where something is wrong. */
    private static final Set<String> MAY_BE_EMPTY = Set.of("Alerts", "Refused, by code", "Certificate expires in");

    private Path folder;
    private Path programs;
    private RealAgent agent;
    private E2eServer server;
    private Prometheus prometheus;

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        programs = Path.of(succeeded("script/prometheus").strip());
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        server = E2eServer.startOn(folder, """
                metrics: {tokenFile: %s}
                executions: {spool: %s}
                hypervisors:
                  - {type: qemu, vms: {1: {agent: %s}}}
                  - {type: qemu, agent: '%s/{vmid}.qga'}
                """.formatted(
                        Files.writeString(folder.resolve("metrics-token"), TOKEN + "\n"),
                        folder.resolve("spool"),
                        agent.socket(),
                        folder));
        prometheus = Prometheus.start(folder, programs, List.of(server.url()), TOKEN, RULES);
        // The first scrape makes the meters of the JVM, which count its collections from then on.
        await().atMost(Duration.ofMinutes(1))
                .until(() -> !prometheus.query("bellhop_ready").isEmpty());
        succeeded(javaTool("jcmd"), Long.toString(server.pid()), "GC.run");
        await().atMost(Duration.ofMinutes(1)).until(() -> {
            server.client().run(1, "true");
            return isPositive("rate(bellhop_executions_ended_total{state=\"exited\"}[1m])")
                    && isPositive("count_over_time(jvm_gc_pause_seconds_sum[1m]) > 2")
                    && isPositive("bellhop_vms{power=\"running\"}");
        });
    }

    @AfterAll
    void stop() throws Exception {
        try {
            prometheus.close();
            server.close();
        } finally {
            agent.close();
        }
    }

    private static String javaTool(String name) {
        return Path.of(Objects.requireNonNull(System.getProperty("java.home")), "bin", name)
                .toString();
    }

    private String succeeded(String... command) throws Exception {
        Checkout.Ended ended = Checkout.run(folder, Map.of(), List.of(command));
        assertThat(ended.exitCode()).as(ended.stdout() + ended.stderr()).isZero();
        return ended.stdout();
    }

    private boolean isPositive(String query) {
        return numbers(query).anyMatch(number -> number > 0);
    }

    /** Among which may be NaN, as where nothing was counted to take a share of. */
    private DoubleStream numbers(String query) {
        return prometheus
                .query(query)
                .valueStream()
                .mapToDouble(result -> result.required("value").get(1).asDouble(Double.NaN));
    }

    private String scrape() throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            URI metrics = server.url().resolve("/metrics");
            return http.send(
                            HttpRequest.newBuilder(metrics)
                                    .header("Authorization", "Bearer " + TOKEN)
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
        }
    }

    @Test
    void promtoolFindsNoFaultWithTheRulesAndTheirTestsPass() throws Exception {
        String promtool = programs.resolve("promtool").toString();
        assertThat(succeeded(promtool, "check", "rules", RULES.toString())).contains("SUCCESS");
        assertThat(succeeded(
                        promtool,
                        "test",
                        "rules",
                        RULES.resolveSibling("bellhop.rules.test.yml").toString(),
                        RULES.resolveSibling("bellhop.rules.days.test.yml").toString()))
                .contains("SUCCESS");
    }

    @Test
    void promtoolFindsNoFaultWithTheMetrics() throws Exception {
        Path scrape = Files.writeString(folder.resolve("scrape"), scrape());
        assertThat(scrape).content().contains("bellhop_build_info");
        assertThat(succeeded(
                        "sh",
                        "-c",
                        "exec \"$1\" check metrics <\"$2\" 2>&1",
                        "sh",
                        programs.resolve("promtool").toString(),
                        scrape.toString()))
                .isEmpty();
    }

    @Test
    void theVersionIsThatOfTheBuild() throws Exception {
        String version =
                succeeded("./bellhop", "--version").replace("bellhop", "").strip();
        // There is none after a scrape that a busy machine did not answer in time.
        JsonNode built = await().until(() -> prometheus.query("bellhop_build_info"), found -> !found.isEmpty());
        assertThat(built.get(0).required("metric").required("version").asString())
                .isEqualTo(version)
                .matches("[0-9]+\\.[0-9]+\\.[0-9]+.*");
    }

    @Test
    void eachRuleIsAcceptedAndAsksForWhatThereIs() throws Exception {
        Set<String> there = metrics();
        List<JsonNode> rules = prometheus.rules();
        assertThat(rules).hasSizeGreaterThan(20);
        assertThat(rules).allSatisfy(rule -> {
            assertThat(rule.required("health").asString()).as(rule.toString()).isEqualTo("ok");
            if (!isOfCluster(rule.required("query").asString())) {
                assertAllThere(rule.required("query").asString(), there);
            }
            prometheus.query(rule.required("query").asString());
            assertThat(rule.required("annotations").required("summary").asString())
                    .isNotBlank();
            assertThat(rule.required("annotations").required("description").asString())
                    .hasSizeGreaterThan(60);
            assertThat(rule.required("labels").required("severity").asString()).isIn("critical", "warning");
        });
        assertThat(prometheus.query("ALERTS{alertstate=\"firing\"}")).isEmpty();
    }

    @Test
    void eachPanelOfTheDashboardShowsSomething() throws Exception {
        JsonNode dashboard = Json.mapper().readTree(Files.readString(PACKAGING.resolve("grafana/bellhop.json")));
        Set<String> there = metrics();
        List<JsonNode> panels = dashboard
                .required("panels")
                .valueStream()
                .filter(panel -> !panel.required("type").asString().equals("row"))
                .filter(panel -> panel.required("targets")
                        .valueStream()
                        .noneMatch(target -> isOfCluster(target.required("expr").asString())))
                .toList();
        assertThat(panels).hasSizeGreaterThan(20).allSatisfy(panel -> {
            String title = panel.required("title").asString();
            assertThat(panel.required("targets").valueStream())
                    .as(title)
                    .isNotEmpty()
                    .allSatisfy(target -> {
                        assertThat(target.required("datasource").required("uid").asString())
                                .isEqualTo("${datasource}");
                        String query = target.required("expr")
                                .asString()
                                .replace("$instance", ".*")
                                .replace("$__rate_interval", "10m");
                        assertAllThere(query, there);
                        if (!MAY_BE_EMPTY.contains(title)) {
                            await(title + " shows something by " + query)
                                    .until(() -> numbers(query).anyMatch(Double::isFinite));
                        }
                    });
        });
    }

    /** As Grafana wants it: it takes what is not so, and shows a mess. */
    @Test
    void theDashboardIsInOrder() throws Exception {
        JsonNode dashboard = Json.mapper().readTree(Files.readString(PACKAGING.resolve("grafana/bellhop.json")));
        assertThat(dashboard.required("title").asString()).isEqualTo("Bellhop");
        assertThat(dashboard.required("templating").required("list").valueStream())
                .extracting(variable -> variable.required("name").asString())
                .containsExactly("datasource", "instance");
        List<JsonNode> panels = dashboard.required("panels").valueStream().toList();
        assertThat(panels).extracting(panel -> panel.required("id").asInt()).doesNotHaveDuplicates();
        assertThat(panels)
                .extracting(panel -> panel.required("title").asString())
                .doesNotHaveDuplicates()
                .containsSubsequence(
                        "Overview",
                        "HTTP",
                        "Executions",
                        "VMs",
                        "Database and audit trail",
                        "Process and JVM",
                        "Cluster");
        Set<List<Integer>> taken = new HashSet<>();
        for (JsonNode panel : panels) {
            JsonNode place = panel.required("gridPos");
            assertThat(place.required("x").asInt() + place.required("w").asInt())
                    .isLessThanOrEqualTo(24);
            for (int x = 0; x < place.required("w").asInt(); x++) {
                for (int y = 0; y < place.required("h").asInt(); y++) {
                    assertThat(taken.add(List.of(
                                    place.required("x").asInt() + x,
                                    place.required("y").asInt() + y)))
                            .as(panel.required("title") + " lies over another")
                            .isTrue();
                }
            }
        }
    }

    private Set<String> metrics() throws Exception {
        Set<String> names = new TreeSet<>(List.of(TLS));
        scrape().lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.replaceFirst("[{ ].*", ""))
                .forEach(names::add);
        return names;
    }

    /** What {@link ClusterMonitoringTest} tries. */
    private static boolean isOfCluster(String query) {
        return ClusterMonitoringTest.METRIC.matcher(query).find();
    }

    private static void assertAllThere(String query, Set<String> there) {
        List<String> asked = new ArrayList<>();
        METRIC.matcher(query).results().map(found -> found.group()).forEach(asked::add);
        assertThat(there).as(query).containsAll(asked);
        assertThat(Stream.concat(asked.stream(), Stream.of("up", "ALERTS").filter(query::contains)))
                .as(query)
                .isNotEmpty();
    }
}
