// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Delivery;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.Executions;
import dev.bellhop.server.failure.BellhopException;

/** Somebody else decides on what a key wants to run. Thread safe. */
public final class ApprovalDecisions {
    private final Executions executions;
    private final ExecutionAccess access;
    private final ExecutionShow show;
    private final PolicyCheck policy;
    private final Timeouts timeouts;

    public ApprovalDecisions(
            Executions executions, ExecutionAccess access, ExecutionShow show, PolicyCheck policy, Timeouts timeouts) {
        this.executions = executions;
        this.access = access;
        this.show = show;
        this.policy = policy;
        this.timeouts = timeouts;
    }

    /**
     * Has a command started.
     *
     * @param digest of what was seen of it
     * @throws BellhopException as {@link PolicyCheck#requireApprover}, or where it awaits no approval, or not this one
     */
    public ShownExecution approve(VisibleExecution seen, String digest) {
        Caller caller = seen.callerOf(UseCase.EXECUTION_APPROVE);
        Execution execution = seen.execution();
        seen.permit().note().aboutApproval(digest);
        if (execution.awaitsApproval()) {
            Delivery delivery = executions.approvals().asked(execution.id()).orElse(Delivery.PLAIN);
            policy.requireApprover(
                    seen.permit(),
                    new ExecutionRequest(executions.whole(execution).spec(), delivery));
        }
        executions.approvals().approve(execution.id(), caller.key().id(), digest, Deadline.after(timeouts.start()));
        return now(execution);
    }

    /** Has a command never started. Whoever may run commands in the VM could as well cancel it. */
    public ShownExecution reject(VisibleExecution seen) {
        seen.callerOf(UseCase.EXECUTION_REJECT);
        executions.approvals().reject(seen.execution().id(), Deadline.after(timeouts.start()));
        return now(seen.execution());
    }

    private ShownExecution now(Execution execution) {
        return show.whole(access.again(execution).execution());
    }
}
