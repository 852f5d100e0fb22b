// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import dev.bellhop.server.vm.VmRanges;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Where nodes are kept, and who of them holds which VM. One that was not added, or was revoked, is no node.
 *
 * <p>Writes are durable once their future has completed. They fail with a {@link BellhopException} {@code STORE_UNAVAILABLE}, and,
 * where they say so, with a {@link FencedException} if the session is not the node's newest: then nothing was changed. Each may be
 * repeated. Thread safe.
 */
public interface ClusterStore {
    /**
     * Lets a node of this name join, unless it was revoked. Completes with whether it was not known before. Fails with {@code
     * FORBIDDEN} where one of this name was removed, and was not invited since.
     */
    CompletableFuture<Boolean> add(NodeId node);

    /**
     * Ends a node's session, and lets none of its name join, nor any with its key or a token that it has not used. It keeps its VMs,
     * so nobody starts there what may run still.
     */
    CompletableFuture<Void> revoke(NodeId node);

    /**
     * Forgets a node, and lets none with its key join. Fails with {@code NODE_IN_USE} where it was there lately.
     *
     * @param silence for how long it has to have said nothing
     * @return how many VMs it held, which others may claim from then on
     */
    CompletableFuture<Integer> remove(NodeId node, Duration silence);

    /** Whether a node is to start nothing new. */
    CompletableFuture<Void> drain(NodeId node, boolean drained);

    /**
     * A process begins to be a node, and any other is it no longer: it gets a session that is greater than each before it. Fails
     * with {@code NOT_FOUND} where no such node was added, and {@code FORBIDDEN} where it was revoked. Fenced if the process has sent a
     * later attempt in the meantime: an API server that was frozen may carry out an old one.
     *
     * @param attempt rises with each hello of the process; 0 from a node that does not count them
     */
    CompletableFuture<Long> hello(NodeId node, UUID instance, long attempt, String version, int protocol);

    /** The node is there; fenced. */
    CompletableFuture<Void> beat(NodeId node, long session, int vms, int running, int waiting);

    /**
     * The vmids of VMs that are known by UUIDs, which are given one the first time; fenced.
     *
     * @return the number of each, the same each time; VMs beyond the limit of a node are missing
     */
    CompletableFuture<Map<UUID, VmId>> number(NodeId node, long session, List<UUID> vms);

    /**
     * A node has found VMs. From now on it holds each that is its own or new, and each that another node has released and that is in
     * its ranges, up to a limit; fenced. Each hold has an epoch, which is greater than each before it and stays the same during
     * a session.
     *
     * @param found with their names, as far as they have one
     * @return the epochs of those that it holds
     */
    CompletableFuture<Map<VmId, Long>> claim(NodeId node, long session, Map<VmId, @Nullable VmName> found);

    /**
     * Notes that a node has VMs that it may not hold; fenced. A hundred of a node are noted at most.
     *
     * @return the VMs that were not noted before
     */
    CompletableFuture<Set<VmId>> refuse(NodeId node, long session, Collection<VmId> vms);

    /** A VM is not on its node any more, so that another may claim it; fenced. */
    CompletableFuture<Void> release(VmHold hold);

    /**
     * The node that held a VM has said, in whichever session, that it does not have it: another may claim it. Does nothing where the
     * VM has been claimed since it was held by this epoch.
     */
    CompletableFuture<Void> giveUp(VmId vm, Holder holder);

    /**
     * Gives a VM to a node, whoever holds it: an administrator knows that it is there now. The node that held it can store nothing
     * of it any more. Fails with {@code NOT_FOUND} where there is no such VM, and {@code INVALID_FIELD} where the node is not known or
     * was revoked.
     */
    CompletableFuture<Void> move(VmId vm, NodeId to);

    /**
     * All nodes, and the VMs that have changed hands since.
     *
     * @param since what the last look said; 0 for all
     */
    Registry read(long since);

    /**
     * What is stored.
     *
     * @param refused the current refusals, by vmid
     * @param change to be given to the next look
     */
    record Registry(List<StoredNode> nodes, List<StoredVm> vms, List<Refusal> refused, long change) {
        public Registry {
            nodes = List.copyOf(nodes);
            vms = List.copyOf(vms);
            refused = List.copyOf(refused);
        }
    }

    /** A VM that a node has and may not hold. */
    record Refusal(NodeId node, VmId vm, Duration age) {}

    /**
     * A node.
     *
     * @param beatAge how long ago its last beat was, by the clock of the database; absent where it never was there
     * @param version of the process that is it; absent likewise
     * @param tokenUntil when the token ends by which it may join; absent where it has none that was not used
     * @param credentialsUntil when its credentials end; absent where no API server has signed any
     * @param ranges VMs that it can claim from other nodes; absent for none
     */
    record StoredNode(
            NodeId node,
            Instant createdAt,
            long session,
            @Nullable Duration beatAge,
            @Nullable String version,
            int vms,
            int running,
            int waiting,
            boolean drained,
            boolean revoked,
            @Nullable Instant tokenUntil,
            @Nullable Instant credentialsUntil,
            @Nullable VmRanges ranges) {}

    /**
     * A VM.
     *
     * @param released whether no node holds it
     */
    record StoredVm(
            VmId vm, NodeId node, long epoch, @Nullable VmName name, boolean released) {}
}
