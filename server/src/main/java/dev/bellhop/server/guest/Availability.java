// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.server.failure.WireName;

/** Whether commands can be run in a VM by way of its guest agent, and if not, why. */
public enum Availability implements WireName {
    AVAILABLE,
    VM_STOPPED,
    VM_PAUSED,
    VM_STOPPING,
    /** The VM has been started lately and its agent is not up yet. */
    STARTING,
    NO_CHANNEL,
    /** The VM runs, and its agent does not run, or does not answer. */
    SILENT,
    /** The agent answers, and runs nothing while the guest's file systems are frozen. */
    FROZEN,
    /** The agent answers, and is configured in the guest not to run commands. */
    EXEC_DISABLED,
    /** The agent answers, and is too old to run commands. */
    EXEC_MISSING,
    /** Another program on the node has the channel, which serves one at a time. */
    CHANNEL_TAKEN,
    /** The agent does not answer, and the hypervisor does not report the VM's state. */
    HYPERVISOR_UNREACHABLE,
    /** The node does not let this server use the agent's socket. */
    SOCKET_UNUSABLE,
    BUSY,
    GARBLED,
    /** The node that has the VM cannot be reached from this server, or no node has it. */
    NODE_UNREACHABLE,
    /** This server is shutting down. */
    UNKNOWN;
}
