// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The VMs that a node holds, and by which epochs. It claims what it finds, and lets go of what has left this host: by itself, where
 * its hypervisor does not know the VM any more, and when it is asked because another node has found the VM. The session's thread
 * claims and releases; any thread may ask.
 */
final class HeldVms {
    private static final Logger log = LoggerFactory.getLogger(HeldVms.class);
    private static final Duration LOOK_TIMEOUT = Duration.ofSeconds(1);

    /** How often in a row a VM has to be missing. */
    private static final int MISSED = 3;

    private final ApiCalls calls;
    private final VmDirectory directory;
    private final Consumer<VmId> letGo;
    private final ConcurrentMap<VmId, Long> epochs = new ConcurrentHashMap<>();
    private Set<VmId> othersHave = Set.of();
    private final Map<VmId, Integer> missing = new HashMap<>();
    private final Set<VmId> lost = ConcurrentHashMap.newKeySet();

    /** Those that are not here any more and are yet to be released, by their epochs. */
    private final Map<VmId, Long> gone = new HashMap<>();

    /** @param letGo called once it holds a VM no longer */
    HeldVms(ApiCalls calls, VmDirectory directory, Consumer<VmId> letGo) {
        this.calls = calls;
        this.directory = directory;
        this.letGo = letGo;
    }

    Optional<Long> epoch(VmId vm) {
        return Optional.ofNullable(epochs.get(vm));
    }

    int size() {
        return epochs.size();
    }

    /** A session begins: each VM gets a new epoch. */
    void begin() {
        epochs.clear();
        gone.clear();
    }

    /**
     * Claims what it has found and does not hold. Of what another node holds and is here, that node is asked whether it has it still.
     *
     * @return whether it holds more than before
     */
    boolean claim(long session) throws InterruptedException, FencedException {
        letGoOfLost();
        int before = epochs.size();
        List<VmId> free =
                directory.vms().stream().filter(vm -> !epochs.containsKey(vm)).toList();
        claim(session, free, false);
        // Only now is it worth a look whether they are really here.
        Deadline deadline = Deadline.after(LOOK_TIMEOUT);
        List<VmId> here = free.stream()
                .filter(vm -> !epochs.containsKey(vm) && isHere(vm, deadline))
                .toList();
        claimFromOthers(session, here);
        Set<VmId> inTwoPlaces =
                here.stream().filter(vm -> !epochs.containsKey(vm)).collect(Collectors.toSet());
        for (VmId vm : inTwoPlaces) {
            if (!othersHave.contains(vm)) {
                log.warn(
                        "VM {} is here, and another node holds it or it is outside the ranges of this node: no command runs in"
                                + " it here. 'bellhop node show' at an API server lists such VMs",
                        vm);
            }
        }
        othersHave = inTwoPlaces;
        return epochs.size() > before;
    }

    /** What comes of it depends on other nodes, and must not keep this one from its work. */
    private void claimFromOthers(long session, List<VmId> here) throws InterruptedException, FencedException {
        try {
            claim(session, here, true);
        } catch (BellhopException e) {
            log.debug("Cannot find out whether other nodes have these VMs still", e);
        }
    }

    private void claim(long session, List<VmId> vms, boolean areHere) throws InterruptedException, FencedException {
        for (int from = 0; from < vms.size(); from += NodeRequest.MOST_CLAIMED) {
            List<NodeRequest.OwnVm> some =
                    vms.subList(from, Math.min(vms.size(), from + NodeRequest.MOST_CLAIMED)).stream()
                            .map(vm -> new NodeRequest.OwnVm(vm.value(), name(vm), areHere))
                            .toList();
            calls.ask(NodeRequest.CLAIM, new NodeRequest.Claim(session, some), ApiCalls.TIMEOUT)
                    .open(NodeRequest.Claimed.class)
                    .vms()
                    .forEach(held -> epochs.put(new VmId(held.vm()), held.epoch()));
        }
    }

    private @Nullable String name(VmId vm) {
        return directory
                .find(vm)
                .flatMap(VirtualMachine::name)
                .map(VmName::text)
                .orElse(null);
    }

    private boolean isHere(VmId vm, Deadline deadline) {
        return directory.find(vm).map(machine -> machine.isHere(deadline)).orElse(false);
    }

    /** Of what is not found any more, for some looks in a row. */
    void release(long session) throws InterruptedException {
        Set<VmId> found = directory.vms();
        missing.keySet().removeIf(found::contains);
        for (VmId vm : List.copyOf(epochs.keySet())) {
            if (!found.contains(vm) && missing.merge(vm, 1, Integer::sum) >= MISSED) {
                Long epoch = epochs.remove(vm);
                missing.remove(vm);
                letGo.accept(vm);
                if (epoch != null) {
                    gone.put(vm, epoch);
                }
            }
        }
        // Until an API server has heard of it no other node gets the VM.
        for (Map.Entry<VmId, Long> each : List.copyOf(gone.entrySet())) {
            VmId vm = each.getKey();
            if (!epochs.containsKey(vm)) {
                release(new NodeRequest.Release(session, vm.value(), each.getValue()));
            }
            gone.remove(vm);
        }
    }

    private void release(NodeRequest.Release release) throws InterruptedException {
        try {
            calls.ask(NodeRequest.RELEASE, release, ApiCalls.TIMEOUT).requireDone();
        } catch (FencedException e) {
            log.debug("VM {} is another node's already", release.vm());
        }
    }

    /**
     * Another node has found these VMs: lets go of those that are not on this host, whether it holds them or has in an earlier
     * session. Whoever asks frees them.
     *
     * @return those that are not here
     */
    List<VmId> giveUp(List<VmId> vms) {
        Deadline deadline = Deadline.after(LOOK_TIMEOUT);
        List<VmId> notHere = vms.stream().filter(vm -> !isHere(vm, deadline)).toList();
        for (VmId vm : notHere) {
            epochs.remove(vm);
            letGo.accept(vm);
            log.info("VM {} has moved to another node", vm);
        }
        return notHere;
    }

    /**
     * Somebody else holds it, as an API server said of a request by this epoch: {@link #letGoOfLost} does the rest. Whether it was
     * held by that until now.
     */
    boolean fenced(VmId vm, long epoch) {
        return epochs.remove(vm, epoch) && lost.add(vm);
    }

    void letGoOfLost() {
        for (VmId vm : List.copyOf(lost)) {
            lost.remove(vm);
            letGo.accept(vm);
        }
    }

    void letGoOfAll() {
        letGoOfLost();
        List<VmId> held = List.copyOf(epochs.keySet());
        epochs.clear();
        held.forEach(letGo);
    }
}
