// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metrics that a server with all there is tells, and those that docs/reference/metrics.md tells of, are the same. */
@Tag("real")
class MetricsDocumentTest {
    /** Those of the page that are about a server by itself. */
    private static final String[] SECTIONS = {
        "The server", "HTTP", "Executions", "VMs", "The database", "The audit trail", "The process and its JVM"
    };

    @TempDir
    private static Path folder;

    private static RealAgent agent;
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        server = TestServer.in(folder)
                .vm(1, agent.socket())
                .vmsIn(Files.createDirectory(folder.resolve("sockets")))
                .ssh()
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
        return server.scraper().get("/metrics").text();
    }

    @Test
    void eachMetricHasItsRowAndEachRowItsMetric() throws Exception {
        // The first makes the meters of the JVM, which tell of collections from then on, some time later.
        assertThat(scrape()).isNotEmpty();
        Runtime.getRuntime().gc();
        Awaitility.await().until(() -> scrape().contains("# TYPE jvm_gc_pause_seconds "));

        assertThat(MetricsTables.told(scrape())).containsExactlyEntriesOf(MetricsTables.documented(SECTIONS));
    }

    @Test
    void eachSaysWhatItTells() {
        Map<String, String> help = MetricsTables.help(scrape());
        assertThat(help.keySet()).isEqualTo(MetricsTables.told(scrape()).keySet());
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
