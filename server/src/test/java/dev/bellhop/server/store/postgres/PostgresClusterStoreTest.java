// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.api.ClusterStore;
import dev.bellhop.server.cluster.api.ClusterStore.Registry;
import dev.bellhop.server.cluster.api.ClusterStore.StoredNode;
import dev.bellhop.server.cluster.api.ClusterStore.StoredVm;
import dev.bellhop.server.cluster.api.VmHold;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.OutdatedException.Kind;
import dev.bellhop.server.store.sql.SqlClusterStore;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes and their VMs, as two API servers see and change them. */
@Timeout(60)
@Tag("real")
@Tag("cluster")
class PostgresClusterStoreTest {
    private static final NodeId A = new NodeId("a");
    private static final NodeId B = new NodeId("b");
    private static final VmId VM = new VmId(1);
    private static final VmId OTHER = new VmId(2);
    private static final Duration SILENCE = Duration.ofSeconds(10);

    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    private PostgresDatabase second;
    private ClusterStore store;
    /** Of the other server. */
    private ClusterStore other;

    @BeforeEach
    void open() {
        store = new SqlClusterStore(temp.clustered(), 10_000);
        second = temp.another();
        other = new SqlClusterStore(second, 10_000);
        store.add(A).join();
        store.add(B).join();
    }

    @AfterEach
    void close() {
        second.close();
    }

    private static long hello(ClusterStore store, NodeId node) {
        return store.hello(node, UUID.randomUUID(), 1, "1.2.3", 1).join();
    }

    private static Map<VmId, Long> claim(ClusterStore store, NodeId node, long session, VmId... vms) {
        Map<VmId, @Nullable VmName> found = new HashMap<>();
        for (VmId vm : vms) {
            found.put(vm, null);
        }
        return store.claim(node, session, found).join();
    }

    private static void isFenced(CompletableFuture<?> write) {
        assertThatThrownBy(write::join).hasCauseInstanceOf(FencedException.class);
    }

    private static void fails(CompletableFuture<?> write, ErrorCode code) {
        assertThatThrownBy(write::join)
                .cause()
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private StoredNode node(NodeId id) {
        return other.read(0).nodes().stream()
                .filter(node -> node.node().equals(id))
                .findAny()
                .orElseThrow();
    }

    private StoredVm vm(VmId id) {
        return other.read(1).vms().stream()
                .filter(vm -> vm.vm().equals(id))
                .findAny()
                .orElseThrow();
    }

    @Test
    void aVmHasTheSameNumberOnEachNodeAndNoOtherVmHasIt() {
        UUID one = UUID.randomUUID();
        UUID two = UUID.randomUUID();
        long session = hello(store, A);
        claim(store, A, session, new VmId(1_000_001));
        Map<UUID, VmId> given = store.number(A, session, List.of(one, two)).join();
        assertThat(given).containsOnlyKeys(one, two);
        assertThat(given.values()).containsExactlyInAnyOrder(new VmId(1_000_000), new VmId(1_000_002));

        long session2 = hello(other, B);
        UUID three = UUID.randomUUID();
        Map<UUID, VmId> again =
                other.number(B, session2, List.of(three, two, one, two)).join();
        assertThat(again)
                .containsAllEntriesOf(given)
                .containsEntry(three, new VmId(1_000_003))
                .hasSize(3);
        isFenced(store.number(A, session - 1, List.of(one)));
        isFenced(store.number(B, session, List.of(one)));
    }

    /** Two servers give numbers at once. */
    @Test
    void numbersAreGivenOnce() {
        long session = hello(store, A);
        long session2 = hello(other, B);
        Map<UUID, VmId> all = new HashMap<>();
        for (int round = 0; round < 20; round++) {
            List<UUID> vms = List.of(UUID.randomUUID(), UUID.randomUUID());
            CompletableFuture<Map<UUID, VmId>> first = store.number(A, session, vms);
            CompletableFuture<Map<UUID, VmId>> second = other.number(B, session2, vms.reversed());
            assertThat(first.join()).isEqualTo(second.join());
            all.putAll(first.join());
        }
        assertThat(new HashSet<>(all.values())).hasSize(40);
    }

    @Test
    void onlyNodesThatWereAddedJoin() {
        fails(store.hello(new NodeId("c"), UUID.randomUUID(), 1, "1", 1), ErrorCode.NOT_FOUND);
        assertThat(store.add(new NodeId("c")).join()).isTrue();
        assertThat(other.add(new NodeId("c")).join()).isFalse();
        assertThat(node(new NodeId("c")).beatAge()).isNull();
        assertThat(node(new NodeId("c")).version()).isNull();

        long session = hello(store, new NodeId("c"));
        assertThat(node(new NodeId("c")).session()).isEqualTo(session);
        assertThat(node(new NodeId("c")).version()).isEqualTo("1.2.3");
        assertThat(node(new NodeId("c")).beatAge()).isBetween(Duration.ZERO, Duration.ofSeconds(50));
        assertThat(other.read(0).nodes()).extracting(StoredNode::node).containsExactly(A, B, new NodeId("c"));
    }

    @Test
    void eachHelloMakesANewSessionThatEndsTheOneBefore() {
        long first = hello(store, A);
        store.beat(A, first, 1, 2, 3).join();
        assertThat(node(A).running()).isEqualTo(2);
        long next = hello(other, A);

        assertThat(next).isGreaterThan(first);
        isFenced(store.beat(A, first, 1, 2, 3));
        isFenced(store.claim(A, first, Collections.singletonMap(VM, null)));
        assertThat(node(A).running()).isZero();
        store.beat(A, next, 4, 5, 6).join();
        assertThat(node(A))
                .extracting(StoredNode::vms, StoredNode::running, StoredNode::waiting)
                .containsExactly(4, 5, 6);
        isFenced(store.beat(B, next, 1, 2, 3));
    }

    @Test
    void twoNodesClaimOneVmAndOneGetsIt() {
        long a = hello(store, A);
        long b = hello(store, B);
        List<VmId> vms = LongStream.rangeClosed(1, 100).mapToObj(VmId::new).toList();
        CompletableFuture<Set<VmId>> byA = CompletableFuture.supplyAsync(() -> claimEach(store, A, a, vms));
        CompletableFuture<Set<VmId>> byB = CompletableFuture.supplyAsync(() -> claimEach(other, B, b, vms.reversed()));

        assertThat(Collections.disjoint(byA.join(), byB.join())).isTrue();
        assertThat(byA.join().size() + byB.join().size()).isEqualTo(vms.size());
        Map<VmId, NodeId> stored = other.read(0).vms().stream().collect(Collectors.toMap(StoredVm::vm, StoredVm::node));
        byA.join().forEach(vm -> assertThat(stored).containsEntry(vm, A));
        byB.join().forEach(vm -> assertThat(stored).containsEntry(vm, B));
    }

    private static Set<VmId> claimEach(ClusterStore store, NodeId node, long session, List<VmId> vms) {
        Set<VmId> held = new HashSet<>();
        vms.forEach(vm -> held.addAll(claim(store, node, session, vm).keySet()));
        return held;
    }

    @Test
    void aRepeatedClaimKeepsTheEpochAndANewSessionRaisesIt() {
        long session = hello(store, A);
        long epoch = Objects.requireNonNull(claim(store, A, session, VM).get(VM));
        assertThat(claim(other, A, session, VM, OTHER)).containsEntry(VM, epoch).containsOnlyKeys(VM, OTHER);

        store.claim(A, session, Map.of(VM, new VmName("grüße 'q'"))).join();
        assertThat(vm(VM).name()).isEqualTo(new VmName("grüße 'q'"));
        assertThat(vm(VM).epoch()).isEqualTo(epoch);

        long next = hello(store, A);
        assertThat(claim(store, A, next, VM).get(VM)).isGreaterThan(epoch);
    }

    @Test
    void aVmInItsRangesIsAnothersOnceItWasReleased() {
        allow(B, "all");
        long a = hello(store, A);
        long b = hello(store, B);
        VmHold held = new VmHold(
                A, a, VM, Objects.requireNonNull(claim(store, A, a, VM).get(VM)));
        assertThat(claim(other, B, b, VM)).isEmpty();
        isFenced(store.release(new VmHold(B, b, VM, held.epoch())));
        isFenced(store.release(new VmHold(A, a, VM, held.epoch() - 1)));

        store.release(held).join();
        store.release(held).join();
        assertThat(vm(VM).released()).isTrue();
        long epoch = Objects.requireNonNull(claim(other, B, b, VM).get(VM));
        assertThat(epoch).isGreaterThan(held.epoch());
        isFenced(store.release(held));
        assertThat(claim(store, A, a, VM)).isEmpty();
        assertThat(vm(VM)).isEqualTo(new StoredVm(VM, B, epoch, null, false));
    }

    private void allow(NodeId node, String ranges) {
        temp.execute("UPDATE nodes SET vm_ranges = '" + ranges + "' WHERE name = '" + node + "'");
    }

    /** A stolen credential could take it otherwise. */
    @Test
    void aReleasedVmStaysWithItsNode() {
        long a = hello(store, A);
        long b = hello(store, B);
        VmHold held = new VmHold(
                A, a, VM, Objects.requireNonNull(claim(store, A, a, VM).get(VM)));
        store.release(held).join();
        assertThat(claim(other, B, b, VM)).isEmpty();
        allow(B, "2-5,7");
        assertThat(claim(other, B, b, VM)).isEmpty();
        assertThat(claim(store, A, a, VM).get(VM)).isGreaterThan(held.epoch());
        assertThat(other.read(0).vms()).extracting(StoredVm::node).containsExactly(A);
    }

    @Test
    void aRangeReservesNewVms() {
        allow(A, "1,10-20");
        long a = hello(store, A);
        long b = hello(store, B);
        assertThat(claim(store, B, b, VM, OTHER)).containsOnlyKeys(OTHER);
        assertThat(claim(store, A, a, VM, new VmId(20), new VmId(21))).containsOnlyKeys(VM, new VmId(20));
        allow(A, "all");
        assertThat(claim(store, B, b, new VmId(30))).as("all reserves nothing").containsOnlyKeys(new VmId(30));
    }

    @Test
    void aNodeHoldsALimitedNumberOfVms() {
        ClusterStore limited = new SqlClusterStore(temp.get(), 2);
        long a = hello(limited, A);
        Map<VmId, Long> held = claim(limited, A, a, VM, OTHER, new VmId(3));
        assertThat(held).hasSize(2);
        VmId first = held.keySet().stream().min(VmId::compareTo).orElseThrow();
        limited.release(new VmHold(A, a, first, Objects.requireNonNull(held.get(first))))
                .join();
        assertThat(claim(limited, A, a, new VmId(4)))
                .as("a released VM counts for a week")
                .isEmpty();
        assertThat(limited.read(0).vms()).hasSize(1);
        temp.execute("UPDATE node_vms SET since = since - interval '8 days' WHERE released");
        assertThat(claim(limited, A, a, new VmId(4))).containsOnlyKeys(new VmId(4));
    }

    @Test
    void refusalsAreSeenEverywhereAndAreLimited() {
        long a = hello(store, A);
        List<VmId> many = LongStream.range(1, 200).mapToObj(VmId::new).toList();
        assertThat(store.refuse(B, hello(store, B), List.of(VM, VM)).join())
                .as("a hostile node repeats it")
                .containsExactly(VM);
        temp.execute("DELETE FROM refused_claims");
        assertThat(store.refuse(A, a, many).join()).hasSize(100);
        assertThat(store.refuse(A, a, many).join()).as("known").isEmpty();
        assertThat(store.refuse(A, a, List.of(new VmId(150))).join())
                .as("no room")
                .isEmpty();
        assertThat(other.read(0).refused())
                .hasSize(100)
                .allMatch(refusal -> refusal.node().equals(A));
        isFenced(store.refuse(A, a - 1, List.of(VM)));
        temp.execute("UPDATE refused_claims SET refused_at = refused_at - interval '2 days'");
        assertThat(other.read(0).refused()).isEmpty();
        assertThat(store.refuse(A, a, List.of(VM)).join()).containsExactly(VM);
    }

    @Test
    void aVmThatNoNodeHasHeldIsMovedToTheNodeThatHasFoundIt() {
        allow(A, "100-200");
        long a = hello(store, A);
        assertThat(claim(store, A, a, VM)).isEmpty();
        fails(store.move(VM, A), ErrorCode.NOT_FOUND);
        store.refuse(A, a, List.of(VM)).join();
        store.move(VM, A).join();
        assertThat(claim(store, A, a, VM)).containsOnlyKeys(VM);
    }

    /** A server of the release before keeps the rows of nodes that it removes. */
    @Test
    void aVmOfANodeThatAnOlderServerHasRemovedIsNew() {
        long a = hello(store, A);
        VmHold held = new VmHold(
                A, a, VM, Objects.requireNonNull(claim(store, A, a, VM).get(VM)));
        temp.execute("UPDATE node_vms SET released = TRUE");
        temp.execute("DELETE FROM nodes WHERE name = 'a'");
        assertThat(claim(other, B, hello(store, B), VM).get(VM)).isGreaterThan(held.epoch());
    }

    @Test
    void aNodeGetsALimitedNumberOfVmids() {
        ClusterStore limited = new SqlClusterStore(temp.get(), 2);
        long a = hello(limited, A);
        UUID one = UUID.randomUUID();
        limited.number(A, a, List.of(one, UUID.randomUUID())).join();
        assertThat(limited.number(A, a, List.of(UUID.randomUUID(), one)).join()).containsOnlyKeys(one);
        temp.execute("UPDATE vm_numbers SET given_at = given_at - interval '8 days'");
        assertThat(limited.number(A, a, List.of(UUID.randomUUID(), one)).join()).hasSize(2);
    }

    /** An API server that was frozen carries it out when it wakes. */
    @Test
    void anEarlierHelloOfTheSameProcessEndsNoSession() {
        UUID process = UUID.randomUUID();
        store.hello(A, process, 1, "1", 2).join();
        long session = store.hello(A, process, 3, "1", 2).join();
        isFenced(other.hello(A, process, 2, "1", 2));
        assertThat(node(A).session()).isEqualTo(session);
        assertThat(other.hello(A, process, 3, "1", 2).join())
                .as("its answer was lost")
                .isGreaterThan(session);
        assertThat(other.hello(A, UUID.randomUUID(), 1, "1", 2).join()).isGreaterThan(session);
    }

    @Test
    void anAdministratorMovesAVmFromANodeThatIsGone() {
        long a = hello(store, A);
        long b = hello(store, B);
        VmHold held = new VmHold(
                A, a, VM, Objects.requireNonNull(claim(store, A, a, VM).get(VM)));
        fails(store.move(OTHER, B), ErrorCode.NOT_FOUND);
        fails(store.move(VM, new NodeId("c")), ErrorCode.INVALID_FIELD);

        store.move(VM, B).join();
        assertThat(claim(store, A, a, VM)).isEmpty();
        isFenced(store.release(held));
        assertThat(claim(other, B, b, VM).get(VM)).isGreaterThan(held.epoch());
    }

    @Test
    void aRevokedNodeIsOutAndKeepsItsVms() {
        long a = hello(store, A);
        claim(store, A, a, VM);
        store.revoke(A).join();

        isFenced(store.beat(A, a, 1, 1, 1));
        isFenced(store.beat(A, node(A).session(), 1, 1, 1));
        fails(store.hello(A, UUID.randomUUID(), 1, "1", 1), ErrorCode.FORBIDDEN);
        assertThat(node(A).revoked()).isTrue();
        assertThat(claim(store, B, hello(store, B), VM)).isEmpty();

        assertThat(store.add(A).join()).as("an API server that was slow").isFalse();
        assertThat(node(A).revoked()).isTrue();
    }

    @Test
    void aRemovedNodeLeavesItsVmsToOthers() {
        long a = hello(store, A);
        claim(store, A, a, VM, OTHER);
        fails(store.remove(A, SILENCE), ErrorCode.NODE_IN_USE);
        assertThat(claim(store, A, a, VM, OTHER)).as("nothing was changed").containsOnlyKeys(VM, OTHER);
        temp.execute("UPDATE nodes SET last_beat = last_beat - interval '11 s' WHERE name = 'a'");
        assertThat(store.remove(A, SILENCE).join()).isEqualTo(2);

        fails(store.hello(A, UUID.randomUUID(), 1, "1", 1), ErrorCode.NOT_FOUND);
        fails(store.remove(A, SILENCE), ErrorCode.NOT_FOUND);
        isFenced(store.claim(A, a, Collections.singletonMap(VM, null)));
        assertThat(other.read(0).nodes()).extracting(StoredNode::node).containsExactly(B);
        assertThat(claim(store, B, hello(store, B), VM, OTHER)).containsOnlyKeys(VM, OTHER);
    }

    @Test
    void drainingIsRemembered() {
        store.drain(A, true).join();
        assertThat(node(A).drained()).isTrue();
        hello(store, A);
        assertThat(node(A).drained()).isTrue();
        store.drain(A, false).join();
        assertThat(node(A).drained()).isFalse();
    }

    @Test
    void aLookGivesWhatHasChangedSinceTheLastOne() {
        long a = hello(store, A);
        claim(store, A, a, VM);
        Registry first = other.read(0);
        assertThat(first.vms()).extracting(StoredVm::vm).containsExactly(VM);
        assertThat(other.read(first.change()).vms()).isEmpty();

        claim(store, A, a, VM, OTHER);
        Registry next = other.read(first.change());
        assertThat(next.vms()).extracting(StoredVm::vm).containsExactly(OTHER);
        assertThat(next.change()).isGreaterThan(first.change());

        claim(store, A, a, VM, OTHER);
        assertThat(other.read(0).change()).as("nothing has changed").isEqualTo(next.change());
    }

    @Test
    void otherServersHearOfEachChange() {
        List<Kind> told = new CopyOnWriteArrayList<>();
        temp.get().generations().listen(told::add);
        List<Registry> seen = new CopyOnWriteArrayList<>();
        second.generations().watch(Kind.NODES, () -> seen.add(other.read(0)));
        long a = hello(store, A);
        claim(store, A, a, VM);

        assertThat(told).containsExactly(Kind.NODES, Kind.NODES);
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> seen.stream()
                        .flatMap(registry -> registry.vms().stream())
                        .map(StoredVm::vm)
                        .collect(Collectors.toSet())
                        .equals(Set.of(VM)));
    }

    /** A database that was restored, or whose clock went back, gives no number twice. */
    @Test
    void numbersRiseEvenIfTheClockDoesNot() {
        temp.execute("UPDATE nodes SET session = 9000000000000000 WHERE name = 'a'");
        long session = hello(store, A);
        assertThat(session).isEqualTo(9000000000000001L);
        long epoch = Objects.requireNonNull(claim(store, A, session, VM).get(VM));
        temp.execute("UPDATE node_vms SET epoch = 8000000000000000");

        assertThat(epoch).isLessThan(8000000000000000L);
        assertThat(claim(store, A, hello(store, A), VM)).containsEntry(VM, 8000000000000001L);
    }
}
