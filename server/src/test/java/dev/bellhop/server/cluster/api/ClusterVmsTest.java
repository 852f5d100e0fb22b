// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.cluster.FakeBus;
import dev.bellhop.server.cluster.FakeNetwork;
import dev.bellhop.server.cluster.FakeNetwork.Fate;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.api.ClusterStore.Registry;
import dev.bellhop.server.cluster.api.ClusterStore.StoredNode;
import dev.bellhop.server.cluster.api.ClusterStore.StoredVm;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.guest.Availability;
import dev.bellhop.server.operation.MemoryOperationStore;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vms.AgentCheck;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is said of VMs whose node does not answer, and how orders to nodes are counted. */
@Timeout(30)
@Tag("cluster")
class ClusterVmsTest {
    private static final NodeId HERE = new NodeId("here");
    private static final NodeId SILENT = new NodeId("silent");
    private static final NodeId NEVER = new NodeId("never");
    private static final VmId VM = new VmId(1);
    private static final VmId SILENT_VM = new VmId(2);
    private static final VmId NEVER_VM = new VmId(3);
    private static final Instant NOW = Instant.parse("2026-02-01T09:30:00.750Z");
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final FakeNetwork network = new FakeNetwork();
    private final MeterRegistry metrics = new SimpleMeterRegistry();
    private final Nodes nodes = new Nodes(
            new UnwritableClusterStore() {
                @Override
                public Registry read(long since) {
                    return new Registry(
                            List.of(node(HERE, Duration.ZERO), node(SILENT, Duration.ofMinutes(3)), node(NEVER, null)),
                            List.of(vm(VM, HERE), vm(SILENT_VM, SILENT), vm(NEVER_VM, NEVER)),
                            List.of(),
                            1);
                }
            },
            () -> 7_000_000_000L);
    private final ClusterVms vms = new ClusterVms(
            nodes,
            new NodeCalls(network.ofApiServer(), nodes, metrics),
            new MemoryOperationStore(new MemoryAuditStore()),
            TIMEOUT,
            TIMEOUT,
            Clock.fixed(NOW, ZoneOffset.UTC));

    ClusterVmsTest() {
        nodes.refresh();
    }

    private static StoredNode node(NodeId id, @Nullable Duration beatAge) {
        return new StoredNode(id, Instant.EPOCH, 11, beatAge, "1", 1, 0, 0, false, false, null, null, null);
    }

    private static StoredVm vm(VmId vm, NodeId node) {
        return new StoredVm(vm, node, 5, null, false);
    }

    private long orders(String kind, String outcome) {
        Timer timer = metrics.find("bellhop.cluster.orders")
                .tags("kind", kind, "outcome", outcome)
                .timer();
        return timer == null ? 0 : timer.count();
    }

    private static void isUnreachable(AgentCheck check, @Nullable Instant since, String why) {
        assertThat(check.report().availability()).isEqualTo(Availability.NODE_UNREACHABLE);
        assertThat(check.report().why()).isEqualTo(why);
        assertThat(check.since()).isEqualTo(since);
    }

    @Test
    void aVmIsUnreachableSinceItsNodeWasHeardOfLast() {
        Instant since = Instant.parse("2026-02-01T09:27:00Z");
        String why = "its node silent has not been heard of since 2026-02-01T09:27:00Z";
        isUnreachable(vms.check(SILENT_VM), since, why);
        isUnreachable(Objects.requireNonNull(vms.find(SILENT_VM).agent()), since, why);
        isUnreachable(
                Objects.requireNonNull(vms.page(List.of(SILENT_VM)).getFirst().agent()), since, why);
        assertThat(vms.report(SILENT_VM).message()).isEqualTo("Cannot use the QEMU Guest Agent because " + why);
    }

    @Test
    void nobodyKnowsSinceWhenWhereItsNodeWasNeverThere() {
        isUnreachable(vms.check(NEVER_VM), null, "its node never cannot be reached");
    }

    /** It said a moment ago that it is there. */
    @Test
    void nobodyKnowsSinceWhenWhereItsNodeIsThereAndDoesNotAnswer() {
        isUnreachable(vms.check(VM), null, "its node here cannot be reached");
    }

    @Test
    void ordersAreCountedByWhatBecameOfThem() {
        try (FakeBus ofNode = network.of(HERE)) {
            ofNode.serve(
                    Subjects.allOrders(HERE),
                    null,
                    (subject, payload) -> WireCodec.encode(Answer.of(VmState.unknown("x"))));
            vms.state(VM);
            assertThat(orders("state", "answered")).isEqualTo(1);
            network.decide(subject -> Fate.IS_LOST);
            vms.state(VM);
            assertThat(orders("state", "unanswered")).isEqualTo(1);
            network.decide(subject -> Fate.MEETS_NOBODY);
            vms.state(VM);
            assertThat(orders("state", "undelivered")).isEqualTo(1);
            // Of a node that is known to be away, none is given.
            vms.state(SILENT_VM);
            assertThat(metrics.find("bellhop.cluster.orders").timers())
                    .extracting(Timer::count)
                    .containsExactlyInAnyOrder(1L, 1L, 1L);
        }
    }
}
