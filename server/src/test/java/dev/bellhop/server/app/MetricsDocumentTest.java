// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.RealAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metrics that a server with all there is tells, and those that docs/reference/metrics.md tells of, are the same. */
class MetricsDocumentTest {
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `([a-z0-9_]+)` \\| ([a-z]+) \\| ([^|]*)\\| ([^|]+) \\|");
    private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\S+) (\\S+)$");
    private static final Pattern LABEL = Pattern.compile("([a-z]+)=\"");
    /** Of the parts of a histogram, not of the metric. */
    private static final String BUCKET = "le";

    @TempDir
    private static Path folder;

    private static RealAgent agent;
    private static TestServer server;

    /** Of one metric. */
    private record Shape(String type, Set<String> labels) {}

    @BeforeAll
    static void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        server = TestServer.in(folder)
                .vm(1, agent.socket())
                .vmsIn(Files.createDirectory(folder.resolve("sockets")))
                .tls(TestServerCertificate.in(Files.createDirectory(folder.resolve("tls"))))
                .start();
        server.admin().run(1, "true");
    }

    @AfterAll
    static void stop() {
        server.close();
        agent.close();
    }

    private static String scrape() {
        return server.client(null).get("/metrics").text();
    }

    private static Map<String, Shape> documented() throws IOException {
        Map<String, Shape> found = new TreeMap<>();
        ROW.matcher(Files.readString(Checkout.ROOT.resolve("docs/reference/metrics.md")))
                .results()
                .forEach(row -> found.put(
                        row.group(1), new Shape(row.group(2), labels(Pattern.compile("`([a-z]+)`"), row.group(3)))));
        return found;
    }

    private static Map<String, Shape> told(String scrape) {
        Map<String, Shape> found = new TreeMap<>();
        TYPE.matcher(scrape).results().forEach(type -> {
            String name = type.group(1);
            Set<String> labels = new TreeSet<>();
            Pattern.compile("(?m)^" + name + "(?:_bucket|_count|_sum)?\\{(.*)\\} ")
                    .matcher(scrape)
                    .results()
                    .forEach(series -> labels.addAll(labels(LABEL, series.group(1))));
            labels.remove(BUCKET);
            found.put(name, new Shape(type.group(2), labels));
        });
        return found;
    }

    private static Set<String> labels(Pattern pattern, String text) {
        Set<String> names = new TreeSet<>();
        pattern.matcher(text).results().map(match -> match.group(1)).forEach(names::add);
        return names;
    }

    @Test
    void eachMetricHasItsRowAndEachRowItsMetric() throws Exception {
        // The first makes the meters of the JVM, which tell of collections from then on, some time later.
        assertThat(scrape()).isNotEmpty();
        Runtime.getRuntime().gc();
        Awaitility.await().until(() -> scrape().contains("# TYPE jvm_gc_pause_seconds "));

        assertThat(told(scrape())).containsExactlyEntriesOf(documented());
    }

    @Test
    void eachSaysWhatItTells() {
        Map<String, String> help = new TreeMap<>();
        Pattern.compile("(?m)^# HELP (\\S+) (.+)$")
                .matcher(scrape())
                .results()
                .forEach((MatchResult line) -> help.put(line.group(1), line.group(2)));
        assertThat(help.keySet()).isEqualTo(told(scrape()).keySet());
        assertThat(help.values()).allSatisfy(text -> assertThat(text).hasSizeGreaterThan(10));
    }

    @Test
    void noVmKeyOrCommandIsALabel() {
        server.admin().run(1, "echo secret-4d1");
        assertThat(scrape())
                .doesNotContain("secret-4d1", server.adminKey(), agent.socket().toString())
                .doesNotContainPattern("(?i)(vmid|vm|key|account|tenant|command)=\"");
    }
}
