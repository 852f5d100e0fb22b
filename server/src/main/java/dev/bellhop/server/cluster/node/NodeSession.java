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
 * A node's part in its cluster: it says hello, then that it is there, every other second; claims the VMs that it finds, and lets go of
 * those that it loses; and looks now and then for executions in its VMs that it does not know of. One thread does all of it.
 *
 * <p>Where it is fenced, another process has the node's name by now. Then it lets go of everything, waits, and says hello again.
 */
public final class NodeSession implements Holds, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeSession.class);

    /** All nodes lose NATS at once, and are not to come back at once. */
    private static final Backoff HELLO = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(10), 2, 0.5);

    private static final int PROTOCOL = 1;

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
    private final HeldVms vms;
    private final Repair repair;
    private @Nullable Work work;
    private volatile @Nullable Session session;
    private volatile long answeredAt;
    private volatile boolean closed;
    private @Nullable Thread thread;

    /** @param version of Bellhop, for people */
    public NodeSession(ApiCalls calls, VmDirectory directory, RequestedVmids vmids, String version) {
        this.calls = calls;
        this.vmids = vmids;
        this.version = version;
        this.vms = new HeldVms(calls, directory, vm -> work().letGo(vm));
        this.repair = new Repair(calls, vms);
    }

    /** Begins; returns at once, whether or not there is a cluster to be reached. */
    public void start(Work work) {
        this.work = work;
        thread = Thread.ofVirtual().name("node-session").start(this::run);
    }

    private Work work() {
        return Objects.requireNonNull(work, "not started");
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
                    vms.letGoOfAll();
                    Duration pause = fences.next(Duration.ofNanos(System.nanoTime() - begun));
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

    private void hello() throws InterruptedException, FencedException {
        NodeRequest.Welcome welcome = calls.ask(
                        NodeRequest.HELLO,
                        new NodeRequest.Hello(PROTOCOL, PROTOCOL, version, instance),
                        ApiCalls.TIMEOUT)
                .open(NodeRequest.Welcome.class);
        session = new Session(welcome.session(), welcome.beat(), welcome.lease());
        answered();
        vms.begin();
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
                beat(now);
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

    private void beat(Session now) throws InterruptedException, FencedException {
        calls.ask(
                        NodeRequest.BEAT,
                        new NodeRequest.Beat(now.number, vms.size(), work().running(), work().waiting()),
                        ApiCalls.TIMEOUT)
                .requireDone();
        answered();
    }

    private void claim() throws InterruptedException, FencedException {
        vmids.request(calls, current().number);
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
        woken.release();
    }

    /** Looks at once for what is unfinished. */
    public void wake() {
        repair.hurry();
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
        return vms.epoch(vm);
    }

    @Override
    public boolean isLeased() {
        Session now = session;
        return now != null && System.nanoTime() - answeredAt < now.lease.toNanos();
    }

    /** Whether it is the session that is fenced, the next beat tells. */
    @Override
    public void fenced(VmId vm, long epoch) {
        if (vms.fenced(vm, epoch)) {
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
    }
}
