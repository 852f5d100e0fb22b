// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.hypervisor.VmidRegister;
import dev.bellhop.server.vm.VmId;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The vmids of a node's VMs that its hypervisors know by UUIDs alone. The API servers give them, so that a VM has the same number on
 * each node, and keep them: here they are in memory. Until it has a number, a VM is not there. Thread safe.
 */
public final class RequestedVmids implements VmidRegister {
    private static final Logger log = LoggerFactory.getLogger(RequestedVmids.class);

    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** Guarded by this. */
    private final Map<UUID, VmId> kept = new HashMap<>();

    /** Guarded by this. */
    private final Set<UUID> wanted = new LinkedHashSet<>();

    @Override
    public synchronized Map<UUID, VmId> kept() {
        return Map.copyOf(kept);
    }

    @Override
    public synchronized Optional<VmId> free(UUID vm, Collection<VmId> taken) {
        if (!kept.containsKey(vm)) {
            wanted.add(vm);
        }
        return Optional.empty();
    }

    @Override
    public synchronized void keep(Map<UUID, VmId> now) {
        kept.values().removeAll(now.values());
        kept.putAll(now);
    }

    @Override
    public void whenGiven(Runnable listener) {
        listeners.add(listener);
    }

    /** Asks for those that are wanted. */
    void request(ApiCalls calls, long session) throws InterruptedException, FencedException {
        List<UUID> some = someWanted();
        while (!some.isEmpty()) {
            List<NodeRequest.NumberedVm> given = calls.ask(
                            NodeRequest.NUMBER, new NodeRequest.NumberVms(session, some), ApiCalls.TIMEOUT)
                    .open(NodeRequest.Numbered.class)
                    .vms();
            synchronized (this) {
                given.forEach(vm -> kept.put(vm.uuid(), new VmId(vm.vm())));
                wanted.removeAll(some);
            }
            if (given.isEmpty()) {
                log.warn("The cluster gives this node no more numbers for VMs; see cluster.maxVmsPerNode");
                return;
            }
            listeners.forEach(Runnable::run);
            some = someWanted();
        }
    }

    private synchronized List<UUID> someWanted() {
        return wanted.stream().limit(NodeRequest.MOST_NUMBERED).toList();
    }
}
