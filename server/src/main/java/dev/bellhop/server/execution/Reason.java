// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.failure.WireName;

/** Why an execution was rejected or lost. The names are stable: clients match on them. */
public enum Reason implements WireName {
    /** Rejected: the guest agent could not be reached, so nothing was sent. */
    AGENT_UNAVAILABLE,
    /** Rejected: the guest agent could not be reached for as long as the caller wanted to wait for it. */
    DELIVERY_TIMEOUT,
    /** Rejected: the guest agent refused to start it. */
    AGENT_REFUSED,
    /** Lost: the request was sent, and no reply told whether the command was started. */
    START_UNCONFIRMED,
    /**
     * Lost: the server ended after it had asked the guest and before it stored a pid. Rejected: it ended before it had asked,
     * and its caller waited for the pid.
     */
    SERVER_STOPPED,
    /** Lost: the agent no longer knows the process. It was restarted, or another client read the result. */
    AGENT_FORGOT,
    /** Rejected: the request to start it was lost on its way, and it has been made sure that it cannot run any more. */
    NOT_DELIVERED,
    /** Rejected: the guest cannot run it as it was asked for, which needs the supervisor. */
    NOT_SUPPORTED,
    /** Rejected: the guest cannot keep its output, since its disk is full or may not be written to. It was not run. */
    SPOOL_UNAVAILABLE,
    /** Rejected: the VM came to another owner before the command was started. */
    VM_REASSIGNED,
    /** Rejected: the saved command that it runs was deleted before it was started, or that version of it was. */
    SAVED_COMMAND_DELETED,
    /** Rejected: the policy of its account or key did not permit the saved command any more when it was to be started. */
    POLICY_REFUSED,
    /** Rejected: nobody approved it in time. */
    APPROVAL_EXPIRED,
    /** Rejected: who was to approve it did not want it to run. */
    APPROVAL_REFUSED,
    /** Rejected: what was about to be started is not what was approved. */
    APPROVAL_MISMATCH,
    /** Lost: the guest was restarted while it ran, or before it told whether it was started. */
    GUEST_RESTARTED,
    /** Lost: the guest has no trace of it. Its files were deleted, or its disk was replaced. */
    GUEST_FORGOT,
    /** Lost: it and what watched over it were killed in the guest. */
    SUPERVISOR_KILLED,
    /** Lost: the guest gave the same pid to a newer command. */
    PID_REUSED,
    /** Lost: the VM was stopped, and the command with it, for longer than its disk is waited for. */
    VM_STOPPED,
    /** Lost: the agent's replies that should hold the result broke the protocol, or it has long refused to tell it. */
    RESULT_UNREADABLE,
    /** Rejected or lost: a fault of the server itself. Its log tells more. */
    SERVER_FAULT,
    /** Rejected: its turn did not come before its caller gave up. */
    TOO_MANY_EXECUTIONS,
    /** Rejected: it could not be stored in time, and so was not sent. */
    STORE_UNAVAILABLE;
}
