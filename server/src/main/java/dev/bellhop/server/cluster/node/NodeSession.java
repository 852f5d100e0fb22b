// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.api.retry.Backoff;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's part in its cluster: it says hello, claims and releases VMs, and now and then looks for unfinished executions in its VMs that
 * it does not know. One thread does all of it. A second thread sends heartbeats, because a slow answer to the first thread must not end
 * the lease.
 *
 * <p>Where it is fenced, another process has the node's name by now. Then it lets go of everything, waits, and says hello again.
 */
public final class NodeSession implements Holds, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeSession.class);

    /** All nodes lose NATS at once, and are not to come back at once. */
    private static final Backoff HELLO = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(10), 2, 0.5);

    /** Since this version, nodes hear only orders for their session. Older API servers refuse it. */
    private static final int PROTOCOL = 2;

    private static final Duration BEAT_WITHOUT_SESSION = Duration.ofSeconds(1);

    /** A heartbeat has two turns, which take a third of the lease. */
    private static final int TURNS = 6;

    /** What a node does with what it holds. */
    public interface Work {
        /** Takes up those that it does not know of, and what else is under way in its VMs. */
        void takeUp(List<Unfinished> unfinished);

        /** The VM is another node's by now, or was never this one's: forgets its executions, and stores nothing more of them. */
        void letGo(VmId vm);

        int running();

        int waiting();
    }

    private record Session(long number, Duration beat, Duration lease) {}

    private final ApiCalls calls;
    private final RequestedVmids vmids;
    private final String version;
    private final UUID instance = UUID.randomUUID();
    private final Semaphore woken = new Semaphore(0);
    private final Semaphore beatSoon = new Semaphore(0);
    private final HeldVms vms;
    private final Repair repair;
    private long attempts;
    private @Nullable Work work;
    private @Nullable OrderSubscription orders;
    private volatile @Nullable Session session;
    private volatile long answeredAt;
    /** The last session that another process has ended. */
    private volatile long fencedSession;

    private volatile boolean closed;
    private @Nullable Thread thread;
    private @Nullable Thread beats;

    /** @param version of Bellhop, for people */
    public NodeSession(ApiCalls calls, VmDirectory directory, RequestedVmids vmids, String version) {
        this.calls = calls;
        this.vmids = vmids;
        this.version = version;
        this.vms = new HeldVms(calls, directory, vm -> work().letGo(vm));
        this.repair = new Repair(calls, vms);
    }

    /**
     * Begins; returns at once, whether or not there is a cluster to be reached.
     *
     * @param orders heard while there is a session
     */
    public void start(Work work, OrderSubscription orders) {
        this.work = work;
        this.orders = orders;
        thread = Thread.ofVirtual().name("node-session").start(this::run);
        beats = Thread.ofVirtual().name("node-heartbeat").start(this::beat);
    }

    private Work work() {
        return Objects.requireNonNull(work, "not started");
    }

    private OrderSubscription orders() {
        return Objects.requireNonNull(orders, "not started");
    }

    private void run() {
        try {
            FencePauses fences = new FencePauses();
            for (int failures = 0; !closed; ) {
                long begun = System.nanoTime();
                try {
                    hello();
                    failures = 0;
                    stay();
                } catch (FencedException e) {
                    session = null;
                    orders().end();
                    vms.letGoOfAll();
                    Duration pause = fences.next(Duration.ofNanos(System.nanoTime() - begun));
                    log.error(
                            "Another process is node {} by now; this one lets go of its VMs, and tries again in {} s."
                                    + " Give each process a name of its own",
                            calls.node(),
                            pause.toSeconds());
                    Thread.sleep(pause);
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

    private void hello() throws InterruptedException, FencedException {
        NodeRequest.Welcome welcome = calls.ask(
                        NodeRequest.HELLO,
                        new NodeRequest.Hello(PROTOCOL, PROTOCOL, version, instance, ++attempts),
                        ApiCalls.TIMEOUT)
                .open(NodeRequest.Welcome.class);
        session = new Session(welcome.session(), welcome.beat(), welcome.lease());
        answered();
        vms.begin();
        orders().begin(welcome.session());
        claim();
        log.info("Node {} has joined the cluster with {} VMs", calls.node(), vms.size());
        repair();
    }

    /** Until it is fenced, or closed. */
    private void stay() throws InterruptedException, FencedException {
        while (!closed) {
            Session now = current();
            pause(now.beat);
            if (closed) {
                return;
            }
            try {
                vms.letGoOfLost();
                if (fencedSession == now.number) {
                    throw new FencedException();
                }
                claim();
                vms.release(now.number);
                if (repair.isDue()) {
                    repair();
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

    /** It ends with the thread of the session, which may fail. */
    private void beat() {
        Thread ofSession = Objects.requireNonNull(thread, "not started");
        try {
            while (!closed && ofSession.isAlive()) {
                Session now = session;
                if (now != null && now.number != fencedSession) {
                    beat(now);
                }
                pause(beatSoon, now == null ? BEAT_WITHOUT_SESSION : now.beat);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void beat(Session now) throws InterruptedException {
        try {
            calls.askThenAll(
                            NodeRequest.BEAT,
                            new NodeRequest.Beat(now.number, vms.size(), work().running(), work().waiting()),
                            now.lease.dividedBy(TURNS))
                    .requireDone();
            answered();
        } catch (FencedException e) {
            fencedSession = now.number;
            woken.release();
        } catch (BellhopException e) {
            // No API server is there, or none has a database. Commands continue.
            log.debug("No API server takes a heartbeat", e);
        } catch (RuntimeException e) {
            log.error("Cannot send a heartbeat because of a fault in Bellhop; the next one follows", e);
        }
    }

    private void claim() throws InterruptedException, FencedException {
        try {
            vmids.request(calls, current().number);
        } catch (BellhopException e) {
            log.warn("Cannot get numbers for new VMs: {}", e.getMessage());
        }
        if (vms.claim(current().number)) {
            repair.hurry();
        }
    }

    private void repair() throws InterruptedException, FencedException {
        work().takeUp(repair.look(current().number));
    }

    private void answered() {
        answeredAt = System.nanoTime();
    }

    /** There is a new connection: API servers are to know at once that the node is there. */
    public void beatNow() {
        beatSoon.release();
        woken.release();
    }

    /** Looks at once for what is unfinished. */
    public void wake() {
        repair.hurry();
        woken.release();
    }

    private void pause(Duration longest) throws InterruptedException {
        pause(woken, longest);
    }

    private static void pause(Semaphore wake, Duration longest) throws InterruptedException {
        var _ = wake.tryAcquire(longest.toNanos(), TimeUnit.NANOSECONDS);
        wake.drainPermits();
    }

    @Override
    public long session() {
        Session now = session;
        return now == null ? 0 : now.number;
    }

    @Override
    public Optional<Long> epoch(VmId vm) {
        return vms.epoch(vm);
    }

    @Override
    public boolean isLeased() {
        Session now = session;
        return now != null && System.nanoTime() - answeredAt < now.lease.toNanos();
    }

    /** The next heartbeat also finds out whether the session is over. */
    @Override
    public void fenced(VmId vm, long epoch) {
        if (vms.fenced(vm, epoch)) {
            beatSoon.release();
            woken.release();
        }
    }

    /**
     * Another node has found these VMs: lets go of those that are not on this host any more.
     *
     * @return those that are not here; whoever asks frees them
     */
    List<VmId> giveUp(List<VmId> wanted) {
        return vms.giveUp(wanted);
    }

    @Override
    public void close() {
        closed = true;
        if (thread != null) {
            thread.interrupt();
        }
        if (beats != null) {
            beats.interrupt();
        }
    }
}
