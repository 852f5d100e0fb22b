// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.api.v2.node.NodeView;
import dev.bellhop.testkit.NodeProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an administrator does to the nodes of a cluster of real processes, each step after the one before. */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Tag("real")
@Tag("cluster")
@Tag("full")
class ClusterNodesTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    /** A node is promised to be cut off within 5 seconds, by a machine that does nothing else. */
    private static final Duration CUT_OFF = Duration.ofSeconds(20);

    private static final String ENROLLED = "host-4";

    private Cluster cluster;
    private BellhopClient a;
    private BellhopClient b;
    private NodeProcess enrolled;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        cluster = Cluster.start(folder);
        a = cluster.client(cluster.a());
        b = cluster.client(cluster.b());
        enrolled = cluster.enrol(ENROLLED, 4);
    }

    @AfterAll
    void stop() {
        a.close();
        b.close();
        cluster.close();
    }

    private static String run(BellhopClient client, int vm, String command) throws InterruptedException {
        ExecutionView end =
                client.executions().create(vm, CreateExecution.command(command).build(), null, SOON);
        return new String(Objects.requireNonNull(end.output()).stdoutBytes(), StandardCharsets.UTF_8);
    }

    /** What a start is refused with. */
    private static BellhopApiException refusal(BellhopClient client, int vm) {
        return Objects.requireNonNull(catchThrowableOfType(BellhopApiException.class, () -> run(client, vm, "true")));
    }

    private void awaitRuns(BellhopClient client, int vm) {
        await().atMost(SOON)
                .ignoreException(BellhopApiException.class)
                .until(() -> run(client, vm, "echo there").equals("there\n"));
    }

    private static NodeView node(BellhopClient client, String name) throws InterruptedException {
        return client.nodes().get(name);
    }

    @Test
    @Order(1)
    void aVmIsMovedToANodeThatJoinedByAToken() throws Exception {
        await().atMost(SOON).until(() -> node(b, ENROLLED).state().equals("ready"));
        assertThat(node(b, ENROLLED).credentialsExpireAt()).isNotNull();
        assertThat(cluster.bellhop("--url", cluster.b().url().toString(), "--key", cluster.adminKey(), "node", "list"))
                .contains("host-1", "host-2", "host-3", "host-4");

        cluster.node(3).kill();
        cluster.move(3, 3, 4);
        a.vms().move(3, ENROLLED);
        awaitRuns(b, 3);
    }

    @Test
    @Order(2)
    void aDrainedNodeStartsNothingAndEndsWhatRuns() throws Exception {
        Path gate = cluster.file("gate");
        ExecutionView running = a.executions()
                .create(
                        3,
                        CreateExecution.command("until [ -e " + gate + " ]; do sleep 0.1; done; echo done")
                                .build(),
                        null,
                        Duration.ZERO);
        a.nodes().drain(ENROLLED);
        assertThat(refusal(a, 3).getMessage()).contains("its node host-4 is drained");
        await().atMost(SOON).until(() -> node(b, ENROLLED).drained());
        assertThat(refusal(b, 3).code()).hasValue("agent_unavailable");
        ExecutionView waits = b.executions()
                .create(
                        3,
                        CreateExecution.command("echo late")
                                .deliveryTimeoutSeconds(120)
                                .build(),
                        null,
                        Duration.ZERO);
        assertThat(waits.state()).isEqualTo("pending");
        Files.createFile(gate);
        assertThat(b.executions().get(running.id(), SOON).state()).isEqualTo("exited");
        assertThat(b.executions().get(waits.id(), Duration.ZERO).state()).isEqualTo("pending");

        b.nodes().undrain(ENROLLED);
        await().atMost(SOON)
                .until(() -> a.executions()
                        .get(waits.id(), Duration.ofSeconds(5))
                        .state()
                        .equals("exited"));
    }

    @Test
    @Order(3)
    void aRevokedNodeIsOffAndStaysSo() throws Exception {
        ExecutionView running =
                a.executions().create(3, CreateExecution.command("sleep 600").build(), null, Duration.ZERO);
        a.nodes().revoke(ENROLLED);
        await().atMost(CUT_OFF).until(() -> enrolled.log().contains("Lost the connection to NATS"));
        assertThat(refusal(a, 3).code()).hasValue("agent_unavailable");
        assertThat(a.vms().awaitAvailability(3, null, Duration.ZERO).availability())
                .isEqualTo("node_unreachable");
        assertThat(a.executions().get(running.id(), Duration.ZERO).state()).isEqualTo("running");

        cluster.nats().kill();
        cluster.nats().startAgain();
        awaitRuns(a, 1);
        assertThat(node(a, ENROLLED).state()).isEqualTo("revoked");
        assertThat(refusal(b, 3).code()).hasValue("agent_unavailable");
        enrolled.close();
    }

    @Test
    @Order(4)
    void aRevokedHostJoinsAgainWithNewCredentials() throws Exception {
        enrolled = cluster.enrol(ENROLLED, 5);
        cluster.move(3, 4, 5);
        awaitRuns(b, 3);
        await().atMost(SOON).until(() -> node(a, ENROLLED).state().equals("ready"));
    }

    @Test
    @Order(5)
    void aNodeThatIsGoneIsRemoved() throws Exception {
        assertThat(Objects.requireNonNull(catchThrowableOfType(
                                BellhopApiException.class, () -> a.nodes().remove(ENROLLED)))
                        .code())
                .hasValue("node_in_use");
        enrolled.kill();
        await().atMost(SOON)
                .ignoreException(BellhopApiException.class)
                .until(() -> a.nodes().remove(ENROLLED).freedVms() == 1);
        cluster.move(3, 5, 1);
        awaitRuns(b, 3);
    }
}
