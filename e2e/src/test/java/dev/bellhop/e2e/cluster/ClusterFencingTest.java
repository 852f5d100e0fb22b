// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.cluster.message.WireExecution;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.testkit.NodeProcess;
import dev.bellhop.testkit.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node does something in the VMs that it holds, and nowhere else, whoever it is and whatever it believes. */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("cluster")
@Tag("full")
class ClusterFencingTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String FENCED = "Another process is node host-%d by now";

    private Cluster cluster;
    private BellhopClient a;
    private BellhopClient b;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        cluster = Cluster.start(folder);
        a = cluster.client(cluster.a());
        b = cluster.client(cluster.b());
    }

    @AfterAll
    void stop() {
        a.close();
        b.close();
        cluster.close();
    }

    private CountedCommand command(String tag, int lines) {
        return new CountedCommand("stolen", tag, cluster.file(tag), lines);
    }

    private ExecutionView begin(int vmid, CountedCommand command) throws InterruptedException {
        return a.executions().create(vmid, command.wanted(), UUID.randomUUID().toString(), Duration.ZERO);
    }

    private void assertRanOnce(ExecutionView begun, CountedCommand command) throws Exception {
        command.assertTrueEnd(b.executions().get(begun.id(), SOON), b);
        assertThat(Files.readAllLines(command.file())).containsExactly(command.tag());
    }

    @Test
    void theyReadNothingOfOthersAndOrderNothing() throws Exception {
        List<String> foreign = List.of(
                ">",
                "bh.1.n.>",
                "bh.1.n.*.*.start",
                "bh.1.n.host-2.>",
                "bh.1.s.>",
                "bh.1.s.host-1.*",
                "bh.1.e.*",
                "_INBOX.>",
                "_INBOX.API.>",
                "_INBOX.host-2.>",
                "$SYS.>");
        List<String> orders = List.of(
                "bh.1.n.host-2.1.cancel",
                "bh.1.n.host-1.1.start",
                "bh.1.s.host-2.hello",
                "bh.1.s.host-2.beat",
                "bh.1.e.x",
                "bh.1.c.keys",
                "_INBOX.API.x",
                "_INBOX.host-2.x",
                "$SYS.REQ.CLAIMS.UPDATE");
        CountedCommand command = command("overheard", 20);
        try (RawNode rogue = RawNode.connect(cluster, 1);
                RawNode witness = RawNode.connect(cluster, 2)) {
            witness.subscribe("bh.1.n.host-2.>");
            witness.subscribe("_INBOX.host-2.>");
            witness.flush();
            foreign.forEach(rogue::subscribe);
            rogue.flush();
            ExecutionView begun = begin(2, command);
            orders.forEach(rogue::publish);
            rogue.flush();
            await().atMost(SOON).until(() -> rogue.refused().size() == foreign.size() + orders.size());
            // Whoever answers has the right to publish there.
            NodeRequest.Beat beat = new NodeRequest.Beat(1, 0, 0, 0);
            for (String replyTo : List.of("bh.1.n.host-2.1.cancel", "_INBOX.host-2.x", "bh.1.n.host-2.1.start")) {
                rogue.publish("bh.1.s.host-1.beat", replyTo, beat);
            }
            String ignored = "Ignored a message on bh.1.s.host-1.beat";
            await().atMost(SOON)
                    .until(() -> cluster.a().log().contains(ignored)
                            || cluster.b().log().contains(ignored));
            assertThat(rogue.ask(NodeRequest.BEAT, beat)).isEqualTo(Answer.FENCED);
            assertRanOnce(begun, command);
            assertThat(rogue.heard()).isEmpty();
            // As an ordinary start is answered and told by, so that the witness is known to hear.
            assertThat(witness.heard())
                    .anyMatch(subject -> subject.matches("bh\\.1\\.n\\.host-2\\.[0-9]+\\.start"))
                    .doesNotContain("bh.1.n.host-2.1.cancel", "bh.1.n.host-2.1.start", "_INBOX.host-2.x");
            assertThat(witness.refused()).isEmpty();
        }
    }

    /** Even with all that there is to be known about what runs there. */
    @Test
    void aSessionOfOneNodeIsNoneInTheVmOfAnother() throws Exception {
        CountedCommand command = command("foreign", 40);
        ExecutionView begun = begin(2, command);
        UUID id = UUID.fromString(begun.id());
        long epoch = number("SELECT epoch FROM node_vms WHERE vmid = 2");
        long sessionOfOther = number("SELECT session FROM nodes WHERE name = 'host-2'");
        try (RawNode rogue = RawNode.connect(cluster, 1)) {
            long own = rogue.ask(NodeRequest.HELLO, new NodeRequest.Hello(1, 1, "0", UUID.randomUUID(), 1L))
                    .open(NodeRequest.Welcome.class)
                    .session();
            List<NodeRequest.OwnVm> wanted = List.of(new NodeRequest.OwnVm(2, null, true));
            assertThat(rogue.ask(NodeRequest.CLAIM, new NodeRequest.Claim(own, wanted))
                            .open(NodeRequest.Claimed.class)
                            .vms())
                    .isEmpty();
            assertThat(rogue.ask(NodeRequest.UNFINISHED, new NodeRequest.ListUnfinished(own, 2L, null))
                            .open(NodeRequest.UnfinishedPage.class)
                            .executions())
                    .isEmpty();
            for (long session : List.of(own, sessionOfOther)) {
                for (long vm : List.of(1L, 2L)) {
                    assertIsNotHeld(rogue, NodeRequest.UPDATE, update(session, vm, epoch, id));
                    assertIsNotHeld(
                            rogue, NodeRequest.WISH, new NodeRequest.Wish(session, vm, epoch, id, Duration.ZERO));
                    assertIsNotHeld(rogue, NodeRequest.CONTENT, new NodeRequest.Content(session, vm, epoch, id, 0));
                    assertIsNotHeld(rogue, NodeRequest.SIZE, new NodeRequest.Size(session, vm, epoch, id));
                    assertIsNotHeld(rogue, NodeRequest.RELEASE, new NodeRequest.Release(session, vm, epoch));
                }
            }
        }
        assertRanOnce(begun, command);
        cluster.node(1).awaitJoined();
        assertThat(cluster.node(1).log()).contains(FENCED.formatted(1));
    }

    private static void assertIsNotHeld(RawNode rogue, String kind, Record request) throws Exception {
        Answer answer = rogue.ask(kind, request);
        assertThat(answer).as("%s", request).isEqualTo(Answer.FENCED);
    }

    private static NodeRequest.Update update(long session, long vm, long epoch, UUID id) {
        ExecutionSpec spec = new ExecutionSpec(
                new CommandLine.Script("true", null), "1", Tenant.operator(), Map.of(), null, Map.of(), null);
        Instant now = Instant.now();
        Execution ended = Execution.pending(new ExecutionId(id), new VmId(vm), spec, now)
                .endedUnstarted(ExecutionState.REJECTED, Reason.AGENT_REFUSED, now);
        return new NodeRequest.Update(session, vm, epoch, 1_000_000, WireExecution.of(ended), List.of());
    }

    private Connection connection() throws SQLException {
        return DriverManager.getConnection(
                cluster.postgres().url(PostgresServer.DATABASE), PostgresServer.USER, PostgresServer.PASSWORD);
    }

    private long number(String query) throws SQLException {
        try (Connection connection = connection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            assertThat(row.next()).isTrue();
            return row.getLong(1);
        }
    }

    @Test
    void whatACutOffNodeStoresOnceItsVmWasMovedIsFenced() throws Exception {
        CountedCommand followed = command("followed", 120);
        ExecutionView begun = begin(1, followed);
        await().atMost(SOON).until(() -> stored(begun) > 0);
        cluster.wayToNats(1).cut();
        CountedCommand ordered = command("ordered", 1);
        String key = UUID.randomUUID().toString();
        // It lies on the way when the VM moves, and arrives after that.
        CompletableFuture<ExecutionView> order =
                Cluster.async(() -> a.executions().create(1, ordered.wanted(), key, Duration.ZERO));
        // The node reads what it can store nowhere, before it loses the guest.
        await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
        long before = stored(begun);
        cluster.migrate(1, 1, 2);
        // Its holder cannot be asked, so an administrator says where it is.
        b.vms().move(1, "host-2");
        await().atMost(SOON).until(() -> stored(begun) > before);
        cluster.wayToNats(1).heal();
        await().atMost(SOON)
                .until(() -> cluster.node(1).log().contains("Another process follows execution " + begun.id()));

        assertRanOnce(begun, followed);
        assertThat(order.handle((started, failure) -> true)).succeedsWithin(SOON);
        ExecutionView settled = b.executions().create(1, ordered.wanted(), key, SOON);
        if (settled.state().equals("rejected")) {
            assertThat(ordered.file()).doesNotExist();
        } else {
            assertRanOnce(settled, ordered);
        }
    }

    private long stored(ExecutionView execution) throws InterruptedException {
        Long bytes = b.executions().get(execution.id(), Duration.ZERO).stdoutBytes();
        return bytes == null ? 0 : bytes;
    }

    /** The two processes have the name by turns, and each learns of it late. No refused command has run. */
    @Test
    void aSecondProcessOfANodesNameFencesTheFirst() throws Exception {
        CountedCommand command = command("twin", 60);
        ExecutionView begun = begin(3, command);
        ClusterLoad load = ClusterLoad.begin(cluster, "twins", List.of(a, b));
        NodeProcess twin = cluster.startTwin(3);
        twin.awaitJoined();
        await().atMost(SOON).until(() -> cluster.node(3).log().contains(FENCED.formatted(3)));
        load.awaitMore(20, each -> each.vmid() == 3, SOON);
        twin.kill();
        cluster.node(3).awaitJoined();
        load.awaitMore(2, each -> each.vmid() == 3 && each.isStarted(), SOON);
        load.end();
        load.assertTrueEnds();
        assertRanOnce(begun, command);
        CountedCommand another = command("after-twin", 1);
        assertRanOnce(begin(3, another), another);
    }
}
