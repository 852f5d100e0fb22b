// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

/** What a hypervisor knows about the channel between a VM and its guest agent, without asking the agent. */
public enum AgentChannel {
    /** The VM has none: no agent can ever answer. */
    NOT_CONFIGURED,
    /** Something in the guest has it open, which is most likely the agent. */
    OPEN,
    /** Nothing in the guest has it open: the agent does not run, or not yet. */
    CLOSED,
    /** This hypervisor cannot tell, or did not answer. */
    UNKNOWN
}
