// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.api.ClusterStore.Refusal;
import dev.bellhop.server.cluster.api.ClusterStore.Registry;
import dev.bellhop.server.cluster.api.ClusterStore.StoredNode;
import dev.bellhop.server.cluster.api.ClusterStore.StoredVm;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this API server knows of the cluster's nodes and of who holds which VM: what was stored a second ago at most, while the
 * database answers. Reads are from memory. A node counts as there for {@link #LEASE} after its last beat, so a server that has lost
 * the database soon finds none. Thread safe.
 */
public final class Nodes implements AutoCloseable {
    /** How often nodes say that they are there. */
    public static final Duration BEAT = Duration.ofSeconds(2);

    /** How long a node counts as there that says nothing; and how long a node goes on that hears nothing. */
    public static final Duration LEASE = Duration.ofSeconds(10);

    /** After which a refusal is over, unless the node has repeated its claim. */
    private static final Duration REFUSAL_LIFETIME = Duration.ofSeconds(90);

    private static final Logger log = LoggerFactory.getLogger(Nodes.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final ClusterStore store;
    private final LongSupplier nanos;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final ConcurrentMap<VmId, StoredVm> vms = new ConcurrentHashMap<>();
    /** Replaced as wholes. */
    private volatile SortedMap<NodeId, Known> nodes = Collections.emptySortedMap();

    private volatile List<Refusal> refused = List.of();

    private volatile SortedSet<VmId> ids = Collections.emptySortedSet();
    private @Nullable Thread thread;

    /** Guarded by this, as each look is. */
    private long change;

    /** When {@link #knowSince} looked last. Guarded by this. */
    private long triedAt = System.nanoTime();

    /** Guarded by this. */
    private final List<Runnable> watchers = new ArrayList<>();

    /** @param beatAt by this process's clock; absent where it never was there */
    private record Known(StoredNode stored, @Nullable Long beatAt) {
        boolean isSame(@Nullable Known now) {
            return now != null && now.stored.createdAt().equals(stored.createdAt());
        }
    }

    public Nodes(ClusterStore store) {
        this(store, System::nanoTime);
    }

    /** @param nanos a clock as {@link System#nanoTime} is */
    public Nodes(ClusterStore store, LongSupplier nanos) {
        this.store = store;
        this.nanos = nanos;
    }

    /**
     * Reads all, and from now on what changes, once a second.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE}
     */
    public void start() {
        refresh();
        thread = Thread.ofVirtual().name("nodes").start(this::run);
    }

    private void run() {
        boolean isAway = false;
        try {
            while (!stop.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    refresh();
                    isAway = false;
                } catch (BellhopException e) {
                    if (!isAway) {
                        log.warn("Cannot see now which nodes are there; trying again", e);
                    }
                    isAway = true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Reads what has changed, now.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE}
     */
    public synchronized void refresh() {
        // Before the look, which may take a while: a node rather seems silent for longer.
        long asked = nanos.getAsLong();
        Registry read = store.read(change);
        SortedMap<NodeId, Known> found = new TreeMap<>();
        for (StoredNode node : read.nodes()) {
            Duration age = node.beatAge();
            found.put(node.node(), new Known(node, age == null ? null : asked - age.toNanos()));
        }
        // Or removed and added again.
        Set<NodeId> removed = nodes.values().stream()
                .filter(known -> !known.isSame(found.get(known.stored.node())))
                .map(known -> known.stored.node())
                .collect(Collectors.toSet());
        // First the nodes: whoever finds a VM's holder is to find the node.
        nodes = Collections.unmodifiableSortedMap(found);
        refused = read.refused();
        boolean isOther = !removed.isEmpty() && vms.values().removeIf(vm -> removed.contains(vm.node()));
        for (StoredVm vm : read.vms()) {
            StoredVm before = vm.released() ? vms.remove(vm.vm()) : vms.put(vm.vm(), vm);
            isOther |= (before == null) != vm.released();
        }
        if (isOther) {
            ids = Collections.unmodifiableSortedSet(new TreeSet<>(vms.keySet()));
        }
        boolean isNew = change != read.change();
        change = read.change();
        if (isNew) {
            watchers.forEach(Runnable::run);
        }
    }

    /** Reads what this server has just stored; where the database does not answer, the next look does. */
    public void know() {
        try {
            refresh();
        } catch (BellhopException e) {
            log.debug("Cannot read what was just stored; the next look does", e);
        }
    }

    /**
     * As {@link #know}, unless a look has begun since. Many callers cost one look.
     *
     * @param since of {@link System#nanoTime}
     */
    public synchronized void knowSince(long since) {
        if (triedAt - since < 0) {
            triedAt = System.nanoTime();
            know();
        }
    }

    /** Has this run now, and after each look that finds that a server has changed something of nodes. It must not block. */
    public synchronized void onChange(Runnable watcher) {
        watchers.add(watcher);
        watcher.run();
    }

    /** The node that holds a VM, whether it is there or not; empty where none does. */
    public Optional<Holder> holderOf(VmId vm) {
        StoredVm held = vms.get(vm);
        Known node = held == null ? null : nodes.get(held.node());
        return held == null || node == null
                ? Optional.empty()
                : Optional.of(new Holder(held.node(), node.stored.session(), held.epoch()));
    }

    /** All VMs that a node holds, in their order. It does not change. */
    public SortedSet<VmId> vms() {
        return ids;
    }

    public boolean exists(VmId vm) {
        return vms.containsKey(vm);
    }

    /** What people call a VM; empty where it has no name, or there is no such VM. */
    public Optional<VmName> name(VmId vm) {
        return Optional.ofNullable(vms.get(vm)).map(StoredVm::name);
    }

    /** Whether a node has been heard of lately, and may be given orders. */
    public boolean isReachable(NodeId node) {
        Known known = nodes.get(node);
        return known != null && isReachable(known);
    }

    private boolean isReachable(Known node) {
        Long beatAt = node.beatAt;
        return beatAt != null && !node.stored.revoked() && nanos.getAsLong() - beatAt < LEASE.toNanos();
    }

    /** Whether it is to start nothing new. */
    public boolean isDrained(NodeId node) {
        Known known = nodes.get(node);
        return known != null && known.stored.drained();
    }

    /** The node's session, for what is asked of it as a whole; empty where there is no such node. */
    public Optional<Long> session(NodeId node) {
        return Optional.ofNullable(nodes.get(node)).map(known -> known.stored.session());
    }

    /** Whether a node may take a VM that another node has released. */
    boolean mayTakeOver(NodeId node, VmId vm) {
        Known known = nodes.get(node);
        return known != null
                && known.stored.ranges() != null
                && known.stored.ranges().contains(vm);
    }

    /** The VMs that a node has and may not hold, in their order. */
    List<VmId> refused(NodeId node) {
        return refused(node, REFUSAL_LIFETIME);
    }

    /** Whether this is known of all these VMs, and will be for a while. */
    boolean knowsRefused(NodeId node, Collection<VmId> those) {
        return refused(node, REFUSAL_LIFETIME.dividedBy(3)).containsAll(those);
    }

    private List<VmId> refused(NodeId node, Duration youngerThan) {
        return refused.stream()
                .filter(refusal -> refusal.node().equals(node) && refusal.age().compareTo(youngerThan) < 0)
                .map(Refusal::vm)
                .toList();
    }

    /** How many VMs are refused to nodes that have them. */
    int refusedVms() {
        return refused.size();
    }

    /** How many VMs are held by nodes that cannot be reached. */
    int unreachableVms() {
        Set<NodeId> unreachable = nodes.values().stream()
                .filter(node -> !isReachable(node))
                .map(node -> node.stored.node())
                .collect(Collectors.toSet());
        return unreachable.isEmpty()
                ? 0
                : Math.toIntExact(vms.values().stream()
                        .filter(vm -> unreachable.contains(vm.node()))
                        .count());
    }

    /** All nodes, by their names. */
    public List<NodeStatus> nodes() {
        return nodes.values().stream().map(this::status).toList();
    }

    /** One of them; empty where there is no such node. */
    public Optional<NodeStatus> find(NodeId node) {
        return Optional.ofNullable(nodes.get(node)).map(this::status);
    }

    private NodeStatus status(Known node) {
        StoredNode stored = node.stored;
        Long beatAt = node.beatAt;
        return new NodeStatus(
                stored.node(),
                stored.createdAt(),
                state(node),
                beatAt == null ? null : Duration.ofNanos(Math.max(0, nanos.getAsLong() - beatAt)),
                stored.version(),
                stored.vms(),
                stored.running(),
                stored.waiting(),
                stored.drained(),
                stored.tokenUntil(),
                stored.credentialsUntil(),
                stored.ranges(),
                refused(stored.node()));
    }

    private NodeStatus.State state(Known node) {
        if (node.stored.revoked()) {
            return NodeStatus.State.REVOKED;
        }
        if (!isReachable(node)) {
            return NodeStatus.State.UNREACHABLE;
        }
        return node.stored.drained() ? NodeStatus.State.DRAINED : NodeStatus.State.READY;
    }

    @Override
    public void close() {
        stop.countDown();
        if (thread != null) {
            try {
                thread.join(CLOSE_TIMEOUT);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
