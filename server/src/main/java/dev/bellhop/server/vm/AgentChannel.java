// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

/** The hypervisor's view of the channel between a VM and its guest agent, without a call to the agent. */
public enum AgentChannel {
    /** The VM has no channel, so no agent can ever answer. */
    NOT_CONFIGURED,
    /** A process in the guest has it open, most likely the agent. */
    OPEN,
    /** No process in the guest has it open: the agent is not running, or not yet. */
    CLOSED,
    /** The hypervisor does not support this, or did not answer. */
    UNKNOWN
}
