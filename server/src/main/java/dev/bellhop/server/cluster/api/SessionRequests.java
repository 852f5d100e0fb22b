// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import static dev.bellhop.server.cluster.api.Requests.await;
import static dev.bellhop.server.cluster.api.Requests.require;

import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.FencedException;
import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.cluster.message.NodeRequest.HeldVm;
import dev.bellhop.server.cluster.message.NodeRequest.NumberedVm;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** That a node is there, and which VMs it has. */
final class SessionRequests {
    private static final Logger log = LoggerFactory.getLogger(SessionRequests.class);

    /** Nodes with this version of the protocol hear orders for all sessions of their name. */
    private static final int OLDEST_PROTOCOL = 1;

    /** Nodes with this version hear orders for their own session only, which older API servers do not address. */
    private static final int NEWEST_PROTOCOL = 2;

    private static final int MAX_VERSION_LENGTH = 64;

    private final ClusterStore store;
    private final Nodes nodes;
    private final VmMoves moves;
    private final AuditTrail audit;

    SessionRequests(ClusterStore store, Nodes nodes, VmMoves moves, AuditTrail audit) {
        this.audit = audit;
        this.store = store;
        this.nodes = nodes;
        this.moves = moves;
    }

    Answer hello(NodeId node, NodeRequest.Hello hello) throws FencedException {
        if (hello.oldestProtocol() > NEWEST_PROTOCOL || hello.newestProtocol() < OLDEST_PROTOCOL) {
            throw new BellhopException(
                    ErrorCode.NOT_SUPPORTED,
                    "Cannot let node " + node + " join because it speaks the protocol's versions "
                            + hello.oldestProtocol() + " to " + hello.newestProtocol() + ", and this API server "
                            + OLDEST_PROTOCOL + " to " + NEWEST_PROTOCOL
                            + "; upgrade the API servers first, then the nodes");
        }
        int protocol = Math.min(hello.newestProtocol(), NEWEST_PROTOCOL);
        String version = printable(require(hello.version(), "the node's version"));
        UUID instance = require(hello.instance(), "the node's instance");
        long attempt = hello.attempt() == null ? 0 : hello.attempt();
        long session;
        try {
            session = await(store.hello(node, instance, attempt, version, protocol));
        } catch (BellhopException e) {
            if (e.code() != ErrorCode.NOT_FOUND) {
                throw e;
            }
            // NATS lets in who has credentials alone, and whoever made those meant it to join.
            boolean added = await(store.add(node));
            log.info("Node {} joins for the first time{}", node, added ? "" : " again");
            session = await(store.hello(node, instance, attempt, version, protocol));
        }
        log.info("Node {} joined, with version {}", node, version);
        // At once: the next request may come to this server. Others look within a second.
        nodes.know();
        return Answer.of(new NodeRequest.Welcome(session, protocol, Nodes.BEAT, Nodes.LEASE));
    }

    /** It goes to the log and to people. */
    private static String printable(String version) {
        String clean = version.replaceAll("[^ -~]", "?");
        return clean.substring(0, Math.min(clean.length(), MAX_VERSION_LENGTH));
    }

    Answer beat(NodeId node, NodeRequest.Beat beat) throws FencedException {
        await(store.beat(node, beat.session(), beat.vms(), beat.running(), beat.waiting()));
        return Answer.DONE;
    }

    Answer number(NodeId node, NodeRequest.NumberVms wanted) throws FencedException {
        List<UUID> vms = require(wanted.vms(), "the VMs");
        require(vms.size() <= NodeRequest.MOST_NUMBERED, "it has too many VMs");
        require(vms.stream().allMatch(Objects::nonNull), "it has a VM without a UUID");
        Map<UUID, VmId> given = await(store.number(node, wanted.session(), vms));
        return Answer.of(new NodeRequest.Numbered(given.entrySet().stream()
                .map(one -> new NumberedVm(one.getKey(), one.getValue().value()))
                .toList()));
    }

    Answer claim(NodeId node, NodeRequest.Claim claim) throws FencedException {
        Map<VmId, @Nullable VmName> found = new HashMap<>();
        List<VmId> running = new ArrayList<>();
        List<NodeRequest.OwnVm> all = require(claim.vms(), "the VMs");
        require(all.size() <= NodeRequest.MOST_CLAIMED, "it has too many VMs");
        for (NodeRequest.OwnVm own : all) {
            VmId vm = Requests.vm(own.vm());
            found.put(vm, name(own.name()));
            if (own.isHere()) {
                running.add(vm);
            }
        }
        Map<VmId, Long> held = new HashMap<>(await(store.claim(node, claim.session(), found)));
        running.removeAll(held.keySet());
        nodes.know();
        if (!running.isEmpty() && moves.freeThoseThatLeft(node, running)) {
            found.keySet().retainAll(running);
            held.putAll(await(store.claim(node, claim.session(), found)));
            nodes.know();
            running.removeAll(held.keySet());
        }
        if (!running.isEmpty() && !nodes.knowsRefused(node, running)) {
            refuse(node, claim.session(), running);
        }
        List<HeldVm> answer = held.entrySet().stream()
                .map(one -> new HeldVm(one.getKey().value(), one.getValue()))
                .toList();
        return Answer.of(new NodeRequest.Claimed(answer));
    }

    /** Two hosts have the same VM, or a stolen credential wants it: an administrator has to see that. */
    private void refuse(NodeId node, long session, List<VmId> vms) throws FencedException {
        for (VmId vm : await(store.refuse(node, session, vms))) {
            log.warn("Node {} has VM {} and may not hold it; see 'bellhop node show {}'", node, vm, node);
            audit.add(new AuditEntry(audit.now(), "node.claim", Outcome.REFUSED)
                    .in(vm)
                    .about(node.value()));
        }
    }

    /** Absent for what a database cannot store as text: no name is worth doing without the VM. */
    private static @Nullable VmName name(@Nullable String text) {
        return text == null
                        || text.indexOf('\0') >= 0
                        || !StandardCharsets.UTF_8.newEncoder().canEncode(text)
                ? null
                : VmName.parse(text).orElse(null);
    }

    Answer release(NodeId node, NodeRequest.Release release) throws FencedException {
        await(store.release(new VmHold(node, release.session(), Requests.vm(release.vm()), release.epoch())));
        nodes.know();
        return Answer.DONE;
    }
}
