// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.api.ClusterStore.Registry;
import dev.bellhop.server.cluster.api.ClusterStore.StoredNode;
import dev.bellhop.server.cluster.api.ClusterStore.StoredVm;
import dev.bellhop.server.cluster.api.NodeStatus.State;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
@Tag("cluster")
class NodesTest {
    private static final NodeId A = new NodeId("a");
    private static final NodeId B = new NodeId("b");
    private static final VmId VM = new VmId(1);
    private static final VmId OTHER = new VmId(2);
    private static final Instant UNTIL = Instant.ofEpochSecond(100);

    private long nanos = 7_000_000_000L;
    private final RegistryStore store = new RegistryStore();
    private final Nodes nodes = new Nodes(store, () -> nanos);

    private static StoredNode node(NodeId id, @Nullable Duration beatAge, boolean drained, boolean revoked) {
        return new StoredNode(id, Instant.EPOCH, 11, beatAge, "1", 3, 2, 1, drained, revoked, null, UNTIL, null);
    }

    private static StoredVm vm(VmId vm, NodeId node, long epoch, boolean released) {
        return new StoredVm(vm, node, epoch, new VmName("vm " + vm), released);
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    private List<State> states() {
        return nodes.nodes().stream().map(NodeStatus::state).toList();
    }

    @Test
    void aVmIsOnTheNodeThatHoldsIt() {
        store.is(new Registry(
                List.of(node(A, Duration.ZERO, false, false), node(B, null, false, false)),
                List.of(vm(VM, A, 5, false), vm(OTHER, B, 6, false)),
                List.of(),
                1));
        nodes.refresh();

        assertThat(nodes.holderOf(VM)).hasValue(new Holder(A, 11, 5));
        assertThat(nodes.holderOf(OTHER)).hasValue(new Holder(B, 11, 6));
        assertThat(nodes.holderOf(new VmId(3))).isEmpty();
        assertThat(nodes.vms()).containsExactly(VM, OTHER);
        assertThat(nodes.name(VM)).hasValue(new VmName("vm 1"));
        assertThat(nodes.name(new VmId(3))).isEmpty();
        assertThat(nodes.exists(OTHER)).isTrue();
        assertThat(nodes.session(A)).hasValue(11L);
    }

    @Test
    void eachLookTakesWhatHasChanged() {
        List<StoredNode> both = List.of(node(A, Duration.ZERO, false, false), node(B, Duration.ZERO, false, false));
        store.is(new Registry(both, List.of(vm(VM, A, 5, false), vm(OTHER, A, 5, false)), List.of(), 8));
        nodes.refresh();
        SortedSet<VmId> before = nodes.vms();
        store.is(new Registry(both, List.of(vm(VM, B, 6, false), vm(OTHER, A, 5, true)), List.of(), 9));
        nodes.refresh();

        assertThat(store.asked).containsExactly(0L, 8L);
        assertThat(nodes.holderOf(VM)).hasValue(new Holder(B, 11, 6));
        assertThat(nodes.holderOf(OTHER)).isEmpty();
        assertThat(nodes.vms()).containsExactly(VM);
        assertThat(before).containsExactly(VM, OTHER);
        store.is(new Registry(both, List.of(vm(OTHER, B, 7, false)), List.of(), 10));
        nodes.refresh();
        assertThat(nodes.vms()).containsExactly(VM, OTHER);
    }

    @Test
    void aNodeIsThereForItsLeaseAfterABeat() {
        store.is(new Registry(List.of(node(A, Duration.ofSeconds(4), false, false)), List.of(), List.of(), 1));
        nodes.refresh();
        assertThat(nodes.isReachable(A)).isTrue();
        assertThat(nodes.isReachable(B)).isFalse();
        pass(Nodes.LEASE.minusSeconds(4).minusNanos(1));
        assertThat(nodes.isReachable(A)).isTrue();
        pass(Duration.ofNanos(1));
        assertThat(nodes.isReachable(A)).isFalse();
        assertThat(nodes.nodes())
                .containsExactly(new NodeStatus(
                        A,
                        Instant.EPOCH,
                        State.UNREACHABLE,
                        Nodes.LEASE,
                        "1",
                        3,
                        2,
                        1,
                        false,
                        null,
                        UNTIL,
                        null,
                        List.of()));

        store.is(new Registry(List.of(node(A, Duration.ofSeconds(1), false, false)), List.of(), List.of(), 1));
        nodes.refresh();
        assertThat(nodes.isReachable(A)).isTrue();
    }

    @Test
    void statesSayWhatANodeIsGoodFor() {
        store.is(new Registry(
                List.of(
                        node(A, Duration.ZERO, false, false),
                        node(B, Duration.ZERO, true, false),
                        node(new NodeId("c"), Duration.ZERO, true, true),
                        node(new NodeId("d"), null, false, false),
                        node(new NodeId("e"), Duration.ofDays(3), true, false)),
                List.of(),
                List.of(),
                1));
        nodes.refresh();

        assertThat(states())
                .containsExactly(State.READY, State.DRAINED, State.REVOKED, State.UNREACHABLE, State.UNREACHABLE);
        assertThat(nodes.isReachable(B)).isTrue();
        assertThat(nodes.isReachable(new NodeId("c"))).isFalse();
        assertThat(nodes.nodes().get(3).silentFor()).isNull();
        assertThat(nodes.find(new NodeId("e")).map(NodeStatus::drained)).hasValue(true);
        assertThat(nodes.isDrained(B)).isTrue();
        assertThat(nodes.isDrained(A)).isFalse();
        assertThat(nodes.isDrained(new NodeId("f"))).isFalse();
        assertThat(nodes.find(new NodeId("f"))).isEmpty();
    }

    @Test
    void whoeverAskedIsToldOfWhatAServerHasChanged() {
        AtomicInteger told = new AtomicInteger();
        nodes.onChange(told::incrementAndGet);
        assertThat(told).hasValue(1);
        store.is(new Registry(List.of(), List.of(), List.of(), 4));
        nodes.refresh();
        nodes.refresh();
        assertThat(told).hasValue(2);
        store.is(new Registry(List.of(), List.of(), List.of(), 5));
        nodes.refresh();
        assertThat(told).hasValue(3);
    }

    @Test
    void itGoesOnLookingWhenTheDatabaseIsBack() {
        store.is(new Registry(List.of(), List.of(), List.of(), 1));
        nodes.start();
        store.isAway = true;
        int before = store.looks;
        Awaitility.await().until(() -> store.looks > before);
        store.is(new Registry(List.of(node(A, Duration.ZERO, false, false)), List.of(), List.of(), 2));
        store.isAway = false;
        Awaitility.await().until(() -> nodes.isReachable(A));
        nodes.close();
    }

    /** Gives what a test says is stored. */
    private static final class RegistryStore extends UnwritableClusterStore {
        private final List<Long> asked = new ArrayList<>();
        private volatile Registry registry = new Registry(List.of(), List.of(), List.of(), 0);
        private volatile boolean isAway;
        private volatile int looks;

        void is(Registry now) {
            registry = now;
        }

        @Override
        public synchronized Registry read(long since) {
            looks++;
            asked.add(since);
            if (isAway) {
                throw new BellhopException(ErrorCode.STORE_UNAVAILABLE, "Cannot look this up");
            }
            return registry;
        }
    }
}
