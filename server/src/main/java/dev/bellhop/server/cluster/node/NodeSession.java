// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.api.retry.Backoff;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.cluster.message.NodeRequest.HeldVm;
import dev.bellhop.server.cluster.message.WireUnfinished;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionJournal.Unfinished;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's part in its cluster: it says hello, then that it is there, every other second; claims the VMs that it finds, and lets go of
 * those that it loses; and looks now and then for executions in its VMs that it does not know of. One thread does all of it.
 *
 * <p>Where it is fenced, another process has the node's name by now. Then it lets go of everything, waits, and says hello again.
 */
public final class NodeSession implements Holds, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeSession.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final Duration REPAIR = Duration.ofSeconds(30);
    private static final Duration ORDER_ARRIVES = Duration.ofSeconds(3);

    /** All nodes lose NATS at once, and are not to come back at once. */
    private static final Backoff HELLO = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(10), 2, 0.5);

    /** Two processes of one name would fence each other for ever. */
    private static final Backoff FENCED = new Backoff(Duration.ofSeconds(5), Duration.ofMinutes(5), 3, 0.5);

    private static final int PROTOCOL = 1;
    private static final int MOST_CLAIMED = 1_000;

    /** How often in a row a VM has to be missing. */
    private static final int MISSED = 3;

    /** What a node does with what it holds. */
    public interface Work {
        /** Takes up those that it does not know of. */
        void takeUp(List<Unfinished> unfinished);

        /** The VM is another node's by now: forgets its executions, and stores nothing more of them. */
        void letGo(VmId vm);

        /** Called once the node holds its VMs for the first time, and again after each hello. */
        void joined();

        int running();

        int waiting();
    }

    private record Session(long number, Duration beat, Duration lease) {}

    private final ApiCalls calls;
    private final VmDirectory directory;
    private final String version;
    private final UUID instance = UUID.randomUUID();
    private final ConcurrentMap<VmId, Long> epochs = new ConcurrentHashMap<>();
    private final Semaphore woken = new Semaphore(0);
    private final Set<VmId> othersHave = new HashSet<>();
    private final ConcurrentMap<VmId, Integer> missing = new ConcurrentHashMap<>();
    private final Set<VmId> lost = ConcurrentHashMap.newKeySet();

    /** Those that are not here any more and are yet to be released, by their epochs. */
    private final Map<VmId, Long> gone = new HashMap<>();

    private volatile @Nullable Session session;
    private volatile long answeredAt;
    private volatile boolean repairNow;
    private volatile boolean closed;
    private @Nullable Thread thread;
    private long repairedAt;
    private boolean lookAgain;

    /** Those that no guest has heard of, and when they were seen first. */
    private final Map<ExecutionId, Long> firstSeen = new HashMap<>();

    /** @param version of Bellhop, for people */
    public NodeSession(ApiCalls calls, VmDirectory directory, String version) {
        this.calls = calls;
        this.directory = directory;
        this.version = version;
    }

    /** Begins; returns at once, whether or not there is a cluster to be reached. */
    public void start(Work work) {
        thread = Thread.ofVirtual().name("node-session").start(() -> run(work));
    }

    private void run(Work work) {
        try {
            for (int failures = 0, fences = 0; !closed; ) {
                try {
                    hello(work);
                    failures = 0;
                    stay(work);
                } catch (FencedException e) {
                    letGoAll(work);
                    Duration pause = FENCED.pause(fences++);
                    log.error(
                            "Another process is node {} by now; this one lets go of its VMs, and tries again in {} s."
                                    + " Give each process a name of its own",
                            calls.node(),
                            pause.toSeconds());
                    pause(pause);
                } catch (BellhopException e) {
                    // Whoever has no connection is told so by the log of the bus.
                    if (calls.bus().isConnected()) {
                        log.warn("Cannot join the cluster; trying again: {}", e.getMessage());
                    }
                    pause(HELLO.pause(failures++));
                } catch (RuntimeException e) {
                    log.error("Cannot stay in the cluster because of a fault in Bellhop; joining it again", e);
                    pause(HELLO.pause(failures++));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void hello(Work work) throws InterruptedException, FencedException {
        NodeRequest.Welcome welcome = calls.ask(
                        NodeRequest.HELLO, new NodeRequest.Hello(PROTOCOL, PROTOCOL, version, instance), TIMEOUT)
                .open(NodeRequest.Welcome.class);
        session = new Session(welcome.session(), welcome.beat(), welcome.lease());
        answered();
        epochs.clear();
        gone.clear();
        claim();
        log.info("Node {} has joined the cluster with {} VMs", calls.node(), epochs.size());
        work.joined();
        repair(work);
    }

    /** Until it is fenced, or closed. */
    private void stay(Work work) throws InterruptedException, FencedException {
        while (!closed) {
            Session now = current();
            pause(now.beat);
            if (closed) {
                return;
            }
            try {
                letGoOfLost(work);
                beat(now, work);
                claim();
                release(work);
                if (repairNow || lookAgain || System.nanoTime() - repairedAt > REPAIR.toNanos()) {
                    repair(work);
                }
            } catch (BellhopException e) {
                // No API server is there, or none has a database. What runs goes on.
                log.debug("No API server answers", e);
            }
        }
    }

    private Session current() {
        Session now = session;
        if (now == null) {
            throw new IllegalStateException("no session");
        }
        return now;
    }

    private void beat(Session now, Work work) throws InterruptedException, FencedException {
        calls.ask(
                        NodeRequest.BEAT,
                        new NodeRequest.Beat(now.number, epochs.size(), work.running(), work.waiting()),
                        TIMEOUT)
                .requireDone();
        answered();
    }

    private void answered() {
        answeredAt = System.nanoTime();
    }

    private void claim() throws InterruptedException, FencedException {
        Set<VmId> found = directory.vms();
        List<VmId> free = found.stream().filter(vm -> !epochs.containsKey(vm)).toList();
        for (int from = 0; from < free.size(); from += MOST_CLAIMED) {
            List<VmId> some = free.subList(from, Math.min(free.size(), from + MOST_CLAIMED));
            List<NodeRequest.OwnVm> own = some.stream()
                    .map(vm -> new NodeRequest.OwnVm(
                            vm.value(),
                            directory
                                    .find(vm)
                                    .flatMap(machine -> machine.name().map(VmName::text))
                                    .orElse(null)))
                    .toList();
            List<HeldVm> held = calls.ask(NodeRequest.CLAIM, new NodeRequest.Claim(current().number, own), TIMEOUT)
                    .open(NodeRequest.Claimed.class)
                    .vms();
            held.forEach(vm -> epochs.put(new VmId(vm.vm()), vm.epoch()));
            some.forEach(this::tellWhereAnotherHasIt);
            repairNow |= !held.isEmpty();
        }
    }

    private void tellWhereAnotherHasIt(VmId vm) {
        if (epochs.containsKey(vm)) {
            othersHave.remove(vm);
        } else if (othersHave.add(vm)) {
            log.warn("Another node holds VM {}, which is here too; no command is run in it here", vm);
        }
    }

    /** Of what is not found any more, for some looks in a row. */
    private void release(Work work) throws InterruptedException, FencedException {
        Set<VmId> found = directory.vms();
        missing.keySet().removeIf(found::contains);
        for (VmId vm : List.copyOf(epochs.keySet())) {
            if (!found.contains(vm) && missing.merge(vm, 1, Integer::sum) >= MISSED) {
                Long epoch = epochs.remove(vm);
                missing.remove(vm);
                work.letGo(vm);
                if (epoch != null) {
                    gone.put(vm, epoch);
                }
            }
        }
        // Until an API server has heard of it no other node gets the VM.
        for (Map.Entry<VmId, Long> each : List.copyOf(gone.entrySet())) {
            VmId vm = each.getKey();
            if (!epochs.containsKey(vm)) {
                calls.ask(
                                NodeRequest.RELEASE,
                                new NodeRequest.Release(current().number, vm.value(), each.getValue()),
                                TIMEOUT)
                        .requireDone();
            }
            gone.remove(vm);
        }
    }

    /** Of VMs that another node has, as an API server said. */
    private void letGoOfLost(Work work) {
        for (VmId vm : List.copyOf(lost)) {
            lost.remove(vm);
            work.letGo(vm);
        }
    }

    /** Takes up what is stored as unfinished in its VMs and is not known here. */
    private void repair(Work work) throws InterruptedException, FencedException {
        repairNow = false;
        lookAgain = false;
        List<Unfinished> found = new ArrayList<>();
        UUID after = null;
        boolean more = true;
        while (more) {
            NodeRequest.UnfinishedPage page = calls.ask(
                            NodeRequest.UNFINISHED,
                            new NodeRequest.ListUnfinished(current().number, null, after),
                            TIMEOUT)
                    .open(NodeRequest.UnfinishedPage.class);
            page.executions().stream().map(WireUnfinished::unfinished).forEach(found::add);
            more = page.more() && !page.executions().isEmpty();
            if (more) {
                after = page.executions().getLast().execution().id();
            }
        }
        work.takeUp(found.stream()
                .filter(each -> epochs.containsKey(each.execution().vm()) && isDue(each))
                .toList());
        Set<ExecutionId> ids = found.stream().map(each -> each.execution().id()).collect(Collectors.toSet());
        firstSeen.keySet().retainAll(ids);
        repairedAt = System.nanoTime();
    }

    /** What no guest has heard of may just be ordered, and what is taken up from the store is not started for who waits for it. */
    private boolean isDue(Unfinished found) {
        if (found.asked() != null || found.execution().pid() != null) {
            return true;
        }
        long now = System.nanoTime();
        Long before = firstSeen.putIfAbsent(found.execution().id(), now);
        boolean due = before != null && now - before > ORDER_ARRIVES.toNanos();
        lookAgain |= !due;
        return due;
    }

    private void letGoAll(Work work) {
        session = null;
        List<VmId> held = List.copyOf(epochs.keySet());
        epochs.clear();
        held.forEach(work::letGo);
    }

    /** There is a new connection: API servers are to know at once that the node is there. */
    public void beatNow() {
        woken.release();
    }

    /** Looks at once for what is unfinished. */
    public void wake() {
        repairNow = true;
        woken.release();
    }

    private void pause(Duration longest) throws InterruptedException {
        var _ = woken.tryAcquire(longest.toNanos(), TimeUnit.NANOSECONDS);
        woken.drainPermits();
    }

    @Override
    public long session() {
        Session now = session;
        return now == null ? 0 : now.number;
    }

    @Override
    public Optional<Long> epoch(VmId vm) {
        return Optional.ofNullable(epochs.get(vm));
    }

    @Override
    public boolean isLeased() {
        Session now = session;
        return now != null && System.nanoTime() - answeredAt < now.lease.toNanos();
    }

    /** Whether it is the session that is fenced, the next beat tells. */
    @Override
    public void fenced(VmId vm) {
        if (epochs.remove(vm) != null) {
            lost.add(vm);
            woken.release();
        }
    }

    @Override
    public void close() {
        closed = true;
        if (thread != null) {
            thread.interrupt();
        }
    }
}
