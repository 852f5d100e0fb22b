// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.failure.WireName;

/** Why an execution was rejected or lost. The names are stable: clients match on them. */
public enum Reason implements WireName {
    /** Rejected: the guest agent could not be reached, so nothing was sent. */
    AGENT_UNAVAILABLE,
    /** Rejected: the guest agent could not be reached within the caller's delivery timeout. */
    DELIVERY_TIMEOUT,
    /** Rejected: the guest agent refused to start it. */
    AGENT_REFUSED,
    /** Lost: the request was sent, and no reply confirmed the start. */
    START_UNCONFIRMED,
    /**
     * Lost: the server ended after it had asked the guest and before it stored a pid. Rejected: the server ended before
     * it had asked, and the caller waited for the pid.
     */
    SERVER_STOPPED,
    /** Lost: the agent no longer knows the process. The agent was restarted, or another client read the result. */
    AGENT_FORGOT,
    /** Rejected: the request to start the command was lost on its way, and the command can no longer start. */
    NOT_DELIVERED,
    /** Rejected: the request needs the supervisor, which cannot run in this guest. */
    NOT_SUPPORTED,
    /** Rejected: the guest cannot store the output, because its disk is full or read-only. The command did not run. */
    SPOOL_UNAVAILABLE,
    /** Rejected: the VM was assigned to another owner before the command was started. */
    VM_REASSIGNED,
    /** Rejected: the saved command, or this version of it, was deleted before the start. */
    SAVED_COMMAND_DELETED,
    /** Rejected: at the start, the policy of its account or key no longer allowed the saved command. */
    POLICY_REFUSED,
    /** Rejected: no one approved it in time. */
    APPROVAL_EXPIRED,
    /** Rejected: an approver refused it. */
    APPROVAL_REFUSED,
    /** Rejected: the command to start differs from the approved command. */
    APPROVAL_MISMATCH,
    /** Lost: the guest was restarted while the command ran, or before the guest confirmed the start. */
    GUEST_RESTARTED,
    /** Lost: the guest has no trace of the command. Its files were deleted, or the disk was replaced. */
    GUEST_FORGOT,
    /** Lost: the command and its supervisor were killed in the guest. */
    SUPERVISOR_KILLED,
    /** Lost: the guest gave the same pid to a newer command. */
    PID_REUSED,
    /** Lost: the VM, and the command with it, was stopped for longer than the server waits for its disk. */
    VM_STOPPED,
    /** Lost: the agent's replies with the result broke the protocol, or the agent has long refused to return it. */
    RESULT_UNREADABLE,
    /** Rejected or lost: an internal error of the server. See its log. */
    SERVER_FAULT,
    /** Rejected: its turn did not come before the caller gave up. */
    TOO_MANY_EXECUTIONS,
    /** Rejected: the execution could not be stored in time, so nothing was sent. */
    STORE_UNAVAILABLE;
}
