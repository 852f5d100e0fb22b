// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.testkit.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One of two API servers, or the primary of PostgreSQL, fails, and the other server, or the synchronous standby, continues. */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("storm")
@Tag("cluster")
@Tag("full")
class ClusterFailoverTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    /** If the server stopped in the middle of a transaction, the other one waits for its row locks until then. */
    private static final Duration SERVES_AGAIN = Duration.ofSeconds(6);

    private PostgresServer primary;
    private PostgresServer standby;
    private Cluster cluster;
    private BellhopClient a;
    private BellhopClient b;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        primary = PostgresServer.start();
        standby = primary.startStandby();
        cluster = Cluster.startWithStandby(folder, primary, standby, Cluster.Clocks.RIGHT);
        a = cluster.client(cluster.a());
        b = cluster.client(cluster.b());
    }

    @AfterAll
    void stop() {
        a.close();
        b.close();
        cluster.close();
        standby.close();
    }

    @Test
    void whatWasAcknowledgedIsThereAfterAFailover() throws Exception {
        ClusterLoad load = ClusterLoad.begin(cluster, "failover", List.of(a, b));
        load.awaitMore(12, ClusterLoad.Attempt::isStarted, SOON);
        primary.kill();
        load.awaitMore(6, attempt -> !attempt.isStarted(), SOON);
        standby.promote();
        for (int vmid = 1; vmid <= Cluster.NODES; vmid++) {
            int vm = vmid;
            load.awaitMore(2, attempt -> attempt.vmid() == vm && attempt.isStarted(), SOON);
        }
        load.end();
        System.out.printf("Cluster: failover: %s%n", load);
        load.assertTrueEnds();
    }

    /** The server is frozen for longer than a node's lease, so each node needs a heartbeat at the other server. */
    @Test
    void aFrozenApiServerTakesNoNodeFromTheOther() throws Exception {
        ClusterLoad load = ClusterLoad.begin(cluster, "frozen", List.of(b));
        load.awaitMore(6, ClusterLoad.Attempt::isStarted, SOON);
        cluster.a().freeze();
        Instant frozen = Instant.now();
        try {
            load.awaitMore(1, attempt -> attempt.begun().isAfter(frozen.plusSeconds(14)), SOON);
        } finally {
            cluster.a().thaw();
        }
        load.end();
        System.out.printf("Cluster: frozen API server: %s%n", load);
        assertThat(load.since(frozen.plus(SERVES_AGAIN), attempt -> true))
                .hasSizeGreaterThan(12)
                .allMatch(ClusterLoad.Attempt::isStarted);
        load.assertTrueEnds();
    }
}
