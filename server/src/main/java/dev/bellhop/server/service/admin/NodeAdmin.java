// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.api.v2.node.AddNode;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.admin.NodeControl;
import dev.bellhop.server.cluster.admin.NodeEnrolment.Invitation;
import dev.bellhop.server.cluster.admin.NodeManagement;
import dev.bellhop.server.cluster.api.NodeStatus;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmRanges;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Adds, lists, drains, revokes and removes the nodes of a cluster, and moves VMs between them. Each method fails with
 * {@code NOT_SUPPORTED} on a server outside a cluster. Thread safe.
 */
public final class NodeAdmin {
    private static final int MIN_SECONDS = 60;
    private static final int MAX_SECONDS = 7 * 24 * 3_600;
    private static final int USUAL_SECONDS = 3_600;
    private static final String NAME =
            "Lowercase letters, digits and hyphens, none first or last, and at most " + NodeId.MAX_LENGTH;

    private static final String RANGES = "Vmids and ranges such as 10000-10999,20001, or all, or none; at most "
            + VmRanges.MAX_LENGTH + " characters";

    private final @Nullable NodeManagement nodes;

    /** @param nodes absent on a server outside a cluster */
    public NodeAdmin(@Nullable NodeManagement nodes) {
        this.nodes = nodes;
    }

    /** Returns all nodes, sorted by name. */
    public List<NodeStatus> list(Permit permit) {
        permit.callerOf(UseCase.NODE_LIST);
        return control().list();
    }

    public NodeStatus find(Permit permit, String name) {
        NodeId node = named(permit, UseCase.NODE_FIND, name);
        return control().find(node);
    }

    /** Creates a token that lets a node join; also for a known node. */
    public Invitation add(Permit permit, AddNode wanted) {
        permit.callerOf(UseCase.NODE_ADD);
        FieldFaults faults = new FieldFaults();
        NodeId node = NodeId.parse(wanted.name()).orElse(null);
        faults.malformedUnless(node != null, "/name", NAME);
        int seconds = Objects.requireNonNullElse(wanted.expiresInSeconds(), USUAL_SECONDS);
        faults.unlessBetween(MIN_SECONDS, seconds, MAX_SECONDS, "/expiresInSeconds");
        String vms = wanted.vms();
        VmRanges ranges = vms == null ? null : VmRanges.parse(vms).orElse(null);
        faults.malformedUnless(vms == null || ranges != null, "/vms", RANGES);
        faults.throwIfAny("Cannot add this node because some of its fields are not valid");
        NodeId valid = Objects.requireNonNull(node);
        permit.note().about(valid.value());
        return of(nodes).enrolment().invite(valid, Duration.ofSeconds(seconds), ranges);
    }

    public NodeStatus drain(Permit permit, String name) {
        NodeId node = named(permit, UseCase.NODE_DRAIN, name);
        return control().drain(node, true);
    }

    public NodeStatus undrain(Permit permit, String name) {
        NodeId node = named(permit, UseCase.NODE_UNDRAIN, name);
        return control().drain(node, false);
    }

    public NodeStatus revoke(Permit permit, String name) {
        NodeId node = named(permit, UseCase.NODE_REVOKE, name);
        return control().revoke(node);
    }

    /** Removes a node that is no longer there, and returns the number of VMs it held. */
    public int remove(Permit permit, String name) {
        NodeId node = named(permit, UseCase.NODE_REMOVE, name);
        return control().remove(node);
    }

    /** Reassigns a VM to the node that it runs on now. */
    public void move(Permit permit, VmId vm, String name) {
        permit.callerOf(UseCase.VM_MOVE);
        FieldFaults faults = new FieldFaults();
        NodeId node = NodeId.parse(name).orElse(null);
        faults.unknownUnless(node != null, "/node", "The name of a node");
        faults.throwIfAny("Cannot move a VM to a node that does not exist");
        NodeId valid = Objects.requireNonNull(node);
        permit.note().about(valid.value());
        control().move(vm, valid);
    }

    /** Treats an invalid node name like the name of an unknown node. */
    private static NodeId named(Permit permit, UseCase useCase, String name) {
        permit.callerOf(useCase);
        NodeId node = NodeId.parse(name)
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.NOT_FOUND, "Cannot find a node of this name; list nodes to see their names"));
        permit.note().about(node.value());
        return node;
    }

    private NodeControl control() {
        return of(nodes).control();
    }

    static NodeManagement of(@Nullable NodeManagement nodes) {
        if (nodes == null) {
            throw new BellhopException(
                    ErrorCode.NOT_SUPPORTED,
                    "Cannot do this because this server looks after its VMs itself and has no nodes; those of a cluster have"
                            + " 'cluster' in their configuration");
        }
        return nodes;
    }
}
