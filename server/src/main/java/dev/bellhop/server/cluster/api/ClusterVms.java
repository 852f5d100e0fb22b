// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentReport;
import dev.bellhop.server.guest.Availability;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vm.VmUsage;
import dev.bellhop.server.vms.AgentCheck;
import dev.bellhop.server.vms.GuestAnswer;
import dev.bellhop.server.vms.VmOverview;
import dev.bellhop.server.vms.VmUsageNow;
import dev.bellhop.server.vms.Vms;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * The VMs of all nodes. Which there are is known here; what one does, its node is asked. A VM whose node cannot be reached is
 * shown as such. Thread safe.
 */
public final class ClusterVms implements Vms {
    /** Between two looks of one that waits for an agent. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** What a message and its answer may take beside the work. */
    private static final Duration WAY = Duration.ofSeconds(1);

    /** Of a page, in one message. */
    private static final int MOST_VMS = 200;

    private final Nodes nodes;
    private final NodeCalls calls;
    private final Duration stateTimeout;
    private final Duration agentTimeout;
    private final Clock clock;
    private final PowerOrders power;

    /**
     * Asks nodes.
     *
     * @param stateTimeout for a hypervisor to say what a VM is doing
     * @param agentTimeout for an agent to say what it can do
     */
    public ClusterVms(
            Nodes nodes,
            NodeCalls calls,
            OperationStore operations,
            Duration stateTimeout,
            Duration agentTimeout,
            Clock clock) {
        this.nodes = nodes;
        this.calls = calls;
        this.stateTimeout = stateTimeout.plus(WAY);
        this.agentTimeout = stateTimeout.plus(agentTimeout).plus(WAY);
        this.clock = clock;
        this.power = new PowerOrders(operations, calls, this.agentTimeout, clock);
    }

    @Override
    public SortedSet<VmId> ids() {
        return nodes.vms();
    }

    @Override
    public boolean exists(VmId vm) {
        return nodes.exists(vm);
    }

    @Override
    public Optional<VmName> name(VmId vm) {
        return nodes.name(vm);
    }

    /** Each node is asked for all of its VMs at once, all nodes side by side. */
    @Override
    public List<VmOverview> page(List<VmId> vms) {
        Map<NodeId, List<VmId>> byNode = new LinkedHashMap<>();
        Map<VmId, VmOverview> found = new HashMap<>();
        for (VmId vm : vms) {
            Optional<Holder> holder = nodes.holderOf(vm);
            if (holder.isPresent() && nodes.isReachable(holder.get().node())) {
                byNode.computeIfAbsent(holder.get().node(), node -> new ArrayList<>())
                        .add(vm);
            }
        }
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<List<VmOverview>>> asked = new ArrayList<>();
            for (List<VmId> ofNode : byNode.values()) {
                for (int from = 0; from < ofNode.size(); from += MOST_VMS) {
                    List<VmId> some = ofNode.subList(from, Math.min(ofNode.size(), from + MOST_VMS));
                    asked.add(CompletableFuture.supplyAsync(() -> overviews(some), each));
                }
            }
            asked.forEach(answer -> answer.join().forEach(overview -> found.put(overview.id(), overview)));
        }
        return vms.stream()
                .map(vm -> found.computeIfAbsent(vm, this::unreachable))
                .toList();
    }

    private List<VmOverview> overviews(List<VmId> vms) {
        List<Long> ids = vms.stream().map(VmId::value).toList();
        try {
            return calls.give(
                            vms.getFirst(),
                            NodeOrder.VMS,
                            holder -> new NodeOrder.OfVms(holder.session(), ids),
                            stateTimeout)
                    .open(NodeOrder.Overviews.class)
                    .vms();
        } catch (NodeCalls.UndeliveredException | FencedException | BellhopException e) {
            return List.of();
        }
    }

    private VmOverview unreachable(VmId vm) {
        AgentCheck agent = unreachableAgent(vm);
        return new VmOverview(vm, nodes.name(vm).orElse(null), agent.report().vm(), agent, null, List.of());
    }

    private AgentCheck unreachableAgent(VmId vm) {
        String why = whyNot(vm);
        return new AgentCheck(
                new AgentReport(Availability.NODE_UNREACHABLE, why, null, VmState.unknown(why)),
                silentSince(vm).orElse(null),
                null);
    }

    /** Since when a VM's node has been silent; empty where it is not, or has never been there. */
    private Optional<Instant> silentSince(VmId vm) {
        return nodes.holderOf(vm)
                .filter(holder -> !nodes.isReachable(holder.node()))
                .flatMap(holder -> nodes.find(holder.node()))
                .flatMap(node -> Optional.ofNullable(node.silentFor()))
                // What is computed from ages differs by some milliseconds from one answer to the next.
                .map(silentFor -> clock.instant().minus(silentFor).truncatedTo(ChronoUnit.SECONDS));
    }

    private String whyNot(VmId vm) {
        return nodes.holderOf(vm)
                .map(holder -> "its node " + holder.node()
                        + silentSince(vm)
                                .map(since -> " has not been heard of since " + since)
                                .orElse(" cannot be reached"))
                .orElse("no node has it now");
    }

    /** What a VM's node says; empty where it cannot be reached. */
    private <T extends Record> Optional<T> ask(VmId vm, String kind, Class<T> type, Duration longest) {
        if (!exists(vm)) {
            throw new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM " + vm);
        }
        try {
            return Optional.of(calls.give(vm, kind, holder -> new NodeOrder.OfVm(holder.session(), vm.value()), longest)
                    .open(type));
        } catch (NodeCalls.UndeliveredException | FencedException e) {
            return Optional.empty();
        }
    }

    @Override
    public VmOverview find(VmId vm) {
        return ask(vm, NodeOrder.FIND_VM, VmOverview.class, agentTimeout).orElseGet(() -> unreachable(vm));
    }

    @Override
    public VmState state(VmId vm) {
        return ask(vm, NodeOrder.STATE, VmState.class, stateTimeout).orElseGet(() -> VmState.unknown(whyNot(vm)));
    }

    @Override
    public VmUsageNow usage(VmId vm) {
        return ask(vm, NodeOrder.USAGE, VmUsageNow.class, stateTimeout)
                .orElseGet(() -> new VmUsageNow(VmState.unknown(whyNot(vm)), VmUsage.UNKNOWN));
    }

    @Override
    public AgentCheck check(VmId vm) {
        return ask(vm, NodeOrder.CHECK, AgentCheck.class, agentTimeout).orElseGet(() -> unreachableAgent(vm));
    }

    @Override
    public AgentCheck await(VmId vm, Predicate<AgentReport> enough, Duration longest, BooleanSupplier goesOn)
            throws InterruptedException {
        long end = System.nanoTime() + longest.toNanos();
        AgentCheck check = check(vm);
        while (!enough.test(check.report()) && goesOn.getAsBoolean()) {
            Duration left = Duration.ofNanos(end - System.nanoTime());
            if (!left.isPositive()) {
                break;
            }
            Thread.sleep(left.compareTo(LOOK) < 0 ? left : LOOK);
            check = check(vm);
        }
        return check;
    }

    @Override
    public GuestAnswer report(VmId vm) {
        return ask(vm, NodeOrder.REPORT, GuestAnswer.class, agentTimeout.plus(agentTimeout))
                .orElseGet(() ->
                        new GuestAnswer(false, AgentReport.unavailable(whyNot(vm)), false, null, clock.instant()));
    }

    @Override
    public Operations.Started power(VmId vm, OperationRequest request) {
        return power.start(vm, request);
    }

    /** A hint is enough: a node keeps what it has learned for minutes only. */
    @Override
    public void forget(VmId vm) {
        nodes.holderOf(vm)
                .ifPresent(holder -> calls.wake(
                        holder.node(),
                        holder.session(),
                        NodeOrder.FORGET,
                        new NodeOrder.OfVm(holder.session(), vm.value())));
    }
}
