// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.testkit.Profile;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The promises of a cluster that has lost NATS, its database or a node, while clients keep sending commands. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("storm")
@Tag("cluster")
class ClusterFaultsTest {
    private static final Duration NATS_AWAY = Duration.ofSeconds(Profile.size(8, 30));
    private static final Duration DATABASE_AWAY = Duration.ofSeconds(Profile.size(6, 20));
    private static final Duration FROZEN = Duration.ofSeconds(Profile.size(15, 60));
    private static final Duration SOON = Duration.ofSeconds(30);

    /** If a server stopped in the middle of a transaction, the other one waits 2 s for its row locks. */
    private static final Duration SERVES_AGAIN = Duration.ofSeconds(5);

    /** A promised time is for a machine that does nothing else; those that run tests do much, and may take so many times as long. */
    private static final int BUSY = 4;

    private Cluster cluster;
    private List<BellhopClient> servers;
    private BellhopClient a;
    private BellhopClient b;
    private ClusterLoad load;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        cluster = Cluster.start(folder);
        a = cluster.client(cluster.a());
        b = cluster.client(cluster.b());
        servers = List.of(a, b);
    }

    @BeforeEach
    void beginLoad(TestInfo test) {
        load = ClusterLoad.begin(cluster, test.getTestMethod().orElseThrow().getName(), servers);
        load.awaitMore(12, ClusterLoad.Attempt::isStarted, SOON);
    }

    @AfterEach
    void endLoad() {
        load.end();
    }

    @AfterAll
    void stop() {
        servers.forEach(BellhopClient::close);
        cluster.close();
    }

    /** In each VM, one that runs on for longer than this. */
    private void beginLongOnes(Duration longerThan) throws InterruptedException {
        for (int vmid = 1; vmid <= Cluster.NODES; vmid++) {
            int lines = Math.toIntExact(longerThan.plusSeconds(4).toSeconds()) * 10;
            int vm = vmid;
            BellhopClient server = vm % 2 == 0 ? a : b;
            // A busy one may say so by 503.
            await().atMost(SOON).until(() -> load.ask(server, vm, lines).isStarted());
        }
    }

    private static void pass(Instant since, Duration time) {
        await().atMost(time.plusSeconds(1)).until(() -> Instant.now().isAfter(since.plus(time)));
    }

    /** Waits until a command is started again in each VM, and returns how long that took. */
    private Duration untilStarted() {
        Instant begun = Instant.now();
        await().atMost(Duration.ofSeconds(5).multipliedBy(BUSY))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    List<ClusterLoad.Attempt> started = load.since(begun, ClusterLoad.Attempt::isStarted);
                    return started.stream()
                                    .map(ClusterLoad.Attempt::vmid)
                                    .distinct()
                                    .count()
                            == Cluster.NODES;
                });
        return Duration.between(begun, Instant.now());
    }

    private void endAndCheck() throws Exception {
        load.awaitMore(12, ClusterLoad.Attempt::isStarted, SOON);
        load.end();
        load.assertTrueEnds();
    }

    private static void say(String format, Object... values) {
        System.out.printf("Cluster: " + format + "%n", values);
    }

    @Test
    @Tag("full")
    void withoutNatsWhatRunsGoesOnAndNothingNewIsStarted() throws Exception {
        beginLongOnes(NATS_AWAY);
        cluster.nats().kill();
        Instant killed = Instant.now();
        // Those that were under way are in doubt.
        for (BellhopClient server : servers) {
            for (int vmid = 1; vmid <= Cluster.NODES; vmid++) {
                int vm = vmid;
                await().atMost(SOON).until(() -> load.ask(server, vm, 1).isRefused());
            }
        }
        Instant known = Instant.now();
        load.awaitMore(12, each -> true, SOON);
        pass(killed, NATS_AWAY);
        assertThat(load.since(known, each -> true)).isNotEmpty().allMatch(ClusterLoad.Attempt::isRefused);
        Instant back = Instant.now();
        cluster.nats().startAgain();
        Duration untilStarted = untilStarted();

        endAndCheck();
        Duration longest = load.longest(known, back);
        say("without NATS each start is refused within %d ms", longest.toMillis());
        say("commands start in all VMs %d ms after NATS is back; %s", untilStarted.toMillis(), load);
        assertThat(longest).isLessThan(Duration.ofSeconds(2).multipliedBy(BUSY));
    }

    /** The database is away for longer than a node's lease, so each node needs a heartbeat at the other server. */
    @Test
    @Tag("full")
    void anApiServerWithoutItsDatabaseTakesNoNodeFromTheOther() throws Exception {
        load.end();
        load = ClusterLoad.begin(cluster, "cut-off", List.of(b));
        cluster.servers().getFirst().databases().getFirst().cut();
        Instant cut = Instant.now();
        try {
            pass(cut, Duration.ofSeconds(25));
        } finally {
            cluster.servers().getFirst().databases().getFirst().heal();
        }
        List<ClusterLoad.Attempt> attempts = load.since(cut.plus(SERVES_AGAIN), each -> true);
        say("while A has no database: %s", load);
        assertThat(attempts).hasSizeGreaterThan(25).allMatch(ClusterLoad.Attempt::isStarted);
        endAndCheck();
    }

    @Test
    @Tag("full")
    void whatWasAcknowledgedOutlivesTheDatabasesProcess() throws Exception {
        beginLongOnes(DATABASE_AWAY);
        cluster.postgres().kill();
        Instant killed = Instant.now();
        pass(killed, DATABASE_AWAY);
        assertThat(load.since(killed, each -> true)).isNotEmpty().allMatch(each -> each.status() == 503);
        Instant back = Instant.now();
        cluster.postgres().startAgain();
        Duration untilStarted = untilStarted();

        endAndCheck();
        Duration longest = load.longest(killed, back);
        say("without PostgreSQL each start is refused within %d ms", longest.toMillis());
        say("commands start in all VMs %d ms after PostgreSQL is back; %s", untilStarted.toMillis(), load);
        assertThat(longest).isLessThan(Duration.ofSeconds(5).multipliedBy(BUSY));
    }

    @Test
    @Tag("full")
    void whatAFrozenNodeWasOrderedIsSettledOnceItGoesOn() throws Exception {
        beginLongOnes(FROZEN);
        cluster.node(1).freeze();
        Instant frozen = Instant.now();
        List<CompletableFuture<ClusterLoad.Attempt>> inDoubt = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            BellhopClient server = servers.get(i % servers.size());
            inDoubt.add(Cluster.async(() -> load.ask(server, 1, 1)));
        }
        for (CompletableFuture<ClusterLoad.Attempt> each : inDoubt) {
            assertThat(each.get().status()).isEqualTo(504);
        }
        // Its lease is over, so nobody asks it any more.
        assertThat(load.ask(a, 1, 1).status()).isEqualTo(409);
        assertThat(load.ask(b, 1, 1).status()).isEqualTo(409);
        pass(frozen, FROZEN);
        cluster.node(1).thaw();
        Instant thawed = Instant.now();
        List<String> asked = load.since(frozen, each -> each.isUnknown() && each.vmid() == 1).stream()
                .map(ClusterLoad.Attempt::tag)
                .toList();
        assertThat(asked).hasSizeGreaterThanOrEqualTo(inDoubt.size());
        await().atMost(Duration.ofSeconds(10).multipliedBy(BUSY))
                .until(() -> load.executions(b).stream()
                        .filter(each -> asked.contains(ClusterLoad.tag(each)))
                        .allMatch(ExecutionView::ended));
        Duration untilSettled = Duration.between(thawed, Instant.now());

        endAndCheck();
        say(
                "%d starts in doubt are settled %d ms after their node goes on; %s",
                asked.size(), untilSettled.toMillis(), load);
    }
}
