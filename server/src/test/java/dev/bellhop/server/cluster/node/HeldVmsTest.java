// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.server.audit.AuditFilter;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.cluster.Bus;
import dev.bellhop.server.cluster.FakeNetwork;
import dev.bellhop.server.cluster.FakeNetwork.Fate;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.admin.EnrolmentStore;
import dev.bellhop.server.cluster.admin.TestEnrolment;
import dev.bellhop.server.cluster.api.ChangeHints;
import dev.bellhop.server.cluster.api.Holder;
import dev.bellhop.server.cluster.api.NodeCalls;
import dev.bellhop.server.cluster.api.NodeRequestHandler;
import dev.bellhop.server.cluster.api.Nodes;
import dev.bellhop.server.cluster.api.VmMoves;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.hypervisor.qemu.PathPattern;
import dev.bellhop.server.hypervisor.qemu.QemuHypervisor;
import dev.bellhop.server.service.EndEntries;
import dev.bellhop.server.store.postgres.PostgresDatabase;
import dev.bellhop.server.store.postgres.TempPostgres;
import dev.bellhop.server.store.sql.SqlClusterStore;
import dev.bellhop.server.store.sql.SqlEnrolmentStore;
import dev.bellhop.server.store.sql.SqlExecutionStore;
import dev.bellhop.server.store.sql.SqlNodeJournal;
import dev.bellhop.server.store.sql.SqlNodeOperations;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmRanges;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Which of two nodes holds a VM whose socket comes and goes, by what an API server says over a real store. */
@Timeout(60)
@Tag("cluster")
@Tag("real")
class HeldVmsTest {
    private static final VmId VM = new VmId(7);
    private static final Duration TAKE_OVER_AFTER = Duration.ofMinutes(2);

    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    @TempDir
    private Path folder;

    private final FakeNetwork network = new FakeNetwork();
    private Nodes nodes;
    private SqlClusterStore store;
    private NodeRequestHandler handler;
    private Node a;
    private Node b;
    private final AuditTrail audit = new AuditTrail(new MemoryAuditStore(), Clock.systemUTC());

    @BeforeEach
    void open() throws Exception {
        PostgresDatabase database = temp.get();
        SqlExecutionStore executions = new SqlExecutionStore(database, TestExecutions.unlimited(), EndEntries::of);
        store = new SqlClusterStore(database, 10_000);
        nodes = new Nodes(store);
        NodeRequestHandler.Stores stores = new NodeRequestHandler.Stores(
                store,
                new SqlNodeJournal(database, executions, EndEntries::of),
                new SqlNodeOperations(database, EndEntries::of),
                database::awaitDurable);
        Bus bus = network.ofApiServer();
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        handler = new NodeRequestHandler(
                bus,
                "server",
                stores,
                nodes,
                new VmMoves(new NodeCalls(bus, nodes, metrics), nodes, store, TAKE_OVER_AFTER),
                audit,
                TestEnrolment.in(database, nodes),
                execution -> Optional.empty(),
                new ChangeHints(),
                metrics);
        // Each can claim VMs of the other.
        EnrolmentStore enrolments = new SqlEnrolmentStore(database);
        for (String name : List.of("a", "b")) {
            enrolments
                    .invite(
                            new NodeId(name),
                            new byte[32],
                            Duration.ofHours(1),
                            VmRanges.parse("all").orElseThrow())
                    .join();
        }
        a = new Node("a");
        b = new Node("b");
    }

    @AfterEach
    void close() {
        a.directory.close();
        b.directory.close();
        handler.close();
    }

    /** A node whose VMs are files in a folder. */
    private final class Node {
        private final NodeId id;
        private final Path sockets;
        private final List<VmId> letGo = new ArrayList<>();
        private final Bus bus;
        private VmDirectory directory;
        private HeldVms held;
        private long session;

        Node(String name) throws Exception {
            id = new NodeId(name);
            sockets = Files.createDirectory(folder.resolve(name));
            bus = network.of(id);
            var _ = bus.serve(Subjects.allOrders(id), null, (subject, payload) -> {
                assertThat(subject).isEqualTo(Subjects.order(id, session, NodeOrder.HAVE));
                return WireCodec.encode(have(WireCodec.decode(payload, NodeOrder.OfVms.class)));
            });
            start();
        }

        private Answer have(NodeOrder.OfVms order) {
            List<VmId> asked = order.vms().stream().map(VmId::new).toList();
            return order.session() == session
                    ? Answer.of(new NodeOrder.NotHere(
                            held.giveUp(asked).stream().map(VmId::value).toList()))
                    : Answer.FENCED;
        }

        private void start() throws Exception {
            PathPattern pattern = PathPattern.parse(sockets + "/{vmid}.qga").orElseThrow();
            directory = new VmDirectory(
                    List.of(QemuHypervisor.matching(pattern, null, null, GuestAgentOptions.defaults())));
            ApiCalls calls = new ApiCalls(bus, id, new ApiCallMetrics(new SimpleMeterRegistry()));
            held = new HeldVms(calls, directory, vm -> {
                letGo.add(vm);
                directory.forget(vm);
            });
            NodeRequest.Hello hello = new NodeRequest.Hello(1, 1, "1", UUID.randomUUID(), 1L);
            session = calls.ask(NodeRequest.HELLO, hello, ApiCalls.TIMEOUT)
                    .open(NodeRequest.Welcome.class)
                    .session();
        }

        void restart() throws Exception {
            directory.close();
            start();
        }

        boolean claim() throws Exception {
            return held.claim(session);
        }

        Path socket() {
            return sockets.resolve(VM + ".qga");
        }

        Node has() throws IOException {
            Files.createFile(socket());
            return this;
        }
    }

    private NodeId holder() {
        return nodes.holderOf(VM).orElseThrow().node();
    }

    @Test
    void aVmThatHasMovedIsWithTheNodeThatFindsIt() throws Exception {
        assertThat(a.has().claim()).isTrue();
        long before = a.held.epoch(VM).orElseThrow();
        Files.move(a.socket(), b.socket());
        assertThat(b.claim()).isTrue();
        assertThat(holder()).isEqualTo(b.id);
        assertThat(b.held.epoch(VM).orElseThrow()).isGreaterThan(before);
        assertThat(a.letGo).containsExactly(VM);
        assertThat(a.held.epoch(VM)).isEmpty();
        assertThat(a.claim()).as("it is not there any more").isFalse();

        Files.move(b.socket(), a.socket());
        assertThat(a.claim()).as("and back").isTrue();
        assertThat(b.letGo).containsExactly(VM);
    }

    /** The node may be a stolen credential. */
    @Test
    void aVmThatHasMovedStaysWithItsNodeUnlessAnotherCanClaimIt() throws Exception {
        temp.execute("UPDATE nodes SET vm_ranges = '8-9' WHERE name = 'b'");
        a.has().claim();
        Files.move(a.socket(), b.socket());
        assertThat(b.claim()).isFalse();
        assertThat(holder()).isEqualTo(a.id);
        assertThat(a.letGo).as("the API server did not ask it").isEmpty();
        nodes.refresh();
        assertThat(nodes.find(b.id).orElseThrow().refused()).containsExactly(VM);
        audit.settle();
        assertThat(audit.before(Long.MAX_VALUE, AuditFilter.ALL, 10).records())
                .extracting(AuditRecord::action)
                .containsExactly("node.claim");

        temp.execute("UPDATE nodes SET vm_ranges = '1-9'");
        nodes.refresh();
        assertThat(b.claim()).isTrue();
    }

    @Test
    void aVmThatIsOnBothHostsStaysUntilItHasLeft() throws Exception {
        a.has().claim();
        assertThat(b.has().claim()).isFalse();
        assertThat(holder()).isEqualTo(a.id);
        assertThat(a.letGo).isEmpty();
        Files.delete(a.socket());
        assertThat(b.claim()).isTrue();
        assertThat(holder()).isEqualTo(b.id);
    }

    @Test
    void aVmThatIsSwitchedOffOnBothHostsStays() throws Exception {
        assertThat(b.has().directory.vms()).containsExactly(VM);
        a.has().claim();
        Files.delete(a.socket());
        Files.delete(b.socket());
        assertThat(b.claim()).isFalse();
        assertThat(holder()).isEqualTo(a.id);
        assertThat(a.letGo).isEmpty();
    }

    @Test
    void aNodeThatCannotBeAskedKeepsItsVms() throws Exception {
        a.has().claim();
        Files.move(a.socket(), b.socket());
        network.decide(subject -> subject.endsWith(NodeOrder.HAVE) ? Fate.MEETS_NOBODY : Fate.ARRIVES);
        assertThat(b.claim()).isFalse();
        assertThat(holder()).isEqualTo(a.id);
        network.decide(subject -> Fate.ARRIVES);
        assertThat(b.claim()).isTrue();
    }

    @Test
    void aNodeThatIsSilentForLongLosesWhatAnotherHasFound() throws Exception {
        assertThat(a.has().claim()).isTrue();
        assertThat(b.has().claim()).isFalse();
        network.decide(subject -> subject.endsWith(NodeOrder.HAVE) ? Fate.MEETS_NOBODY : Fate.ARRIVES);
        silence(Duration.ofSeconds(119));
        assertThat(b.claim()).isFalse();
        silence(Duration.ofSeconds(2));
        assertThat(b.claim()).isTrue();
        assertThat(holder()).isEqualTo(b.id);
        // When it is back, the VM stays where it is, though both have the socket.
        network.decide(subject -> Fate.ARRIVES);
        a.restart();
        assertThat(a.claim()).isFalse();
        assertThat(holder()).isEqualTo(b.id);
    }

    /** Has node a be silent for so much longer. */
    private void silence(Duration more) {
        temp.execute("UPDATE nodes SET last_beat = last_beat - interval '" + more.toSeconds() + " s' WHERE name = 'a'");
        nodes.refresh();
    }

    @Test
    void whatLeftWhileItsNodeWasDownIsFreed() throws Exception {
        a.has().claim();
        Files.move(a.socket(), b.socket());
        a.restart();
        assertThat(a.claim()).isFalse();
        assertThat(holder()).isEqualTo(a.id);
        assertThat(b.claim()).isTrue();
        assertThat(holder()).isEqualTo(b.id);
    }

    /** What was decided on from an older look changes nothing. */
    @Test
    void aVmThatWasClaimedAnewIsNotGivenUp() throws Exception {
        a.has().claim();
        Holder before = nodes.holderOf(VM).orElseThrow();
        a.restart();
        assertThat(a.claim()).isTrue();
        store.giveUp(VM, before).join();
        nodes.refresh();
        assertThat(holder()).isEqualTo(a.id);
    }
}
