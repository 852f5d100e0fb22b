// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.ApproveExecution;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Approvals;
import dev.bellhop.server.execution.Delivery;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.Executions;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.service.UseCase;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** {@code …/actions/approve} and {@code …/actions/reject}: somebody else decides on what a key wants to run. */
final class V2Approvals {
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

    private final Executions executions;
    private final Approvals approvals;
    private final ExecutionAccess access;
    private final ExecutionViews views;
    private final PolicyCheck policy;
    private final Timeouts timeouts;

    V2Approvals(
            Executions executions,
            ExecutionAccess access,
            ExecutionViews views,
            PolicyCheck policy,
            Timeouts timeouts) {
        this.executions = executions;
        this.approvals = executions.approvals();
        this.access = access;
        this.views = views;
        this.policy = policy;
        this.timeouts = timeouts;
    }

    List<Route> routes() {
        String actions = V2Executions.PATH + "/{id}/actions/";
        return List.of(
                new Route("POST", actions + "approve", UseCase.EXECUTION_APPROVE, this::approve),
                new Route("POST", actions + "reject", UseCase.EXECUTION_REJECT, this::reject));
    }

    private Answer approve(Call call) {
        Execution execution = access.execution(call);
        String seen = digest(call.strictBody(ApproveExecution.class));
        call.note().aboutApproval(seen);
        if (execution.awaitsApproval()) {
            Delivery delivery = approvals.asked(execution.id()).orElse(Delivery.PLAIN);
            policy.requireApprover(
                    call, new ExecutionRequest(executions.whole(execution).spec(), delivery));
        }
        approvals.approve(execution.id(), call.caller().id(), seen, Deadline.after(timeouts.start()));
        return now(execution);
    }

    private static String digest(ApproveExecution wanted) {
        String digest = wanted.digest();
        if (digest == null || !DIGEST.matcher(digest).matches()) {
            throw new BellhopException(
                    "Cannot approve this without the digest of what was seen",
                    List.of(new FieldFault(
                            "/digest",
                            "As 'approval' in the execution has it: sha256: and 64 hexadecimal digits",
                            digest == null ? Fault.REQUIRED : Fault.MALFORMED)));
        }
        return digest;
    }

    /** Whoever may run commands in the VM could as well cancel it. */
    private Answer reject(Call call) {
        Execution execution = access.execution(call);
        approvals.reject(execution.id(), Deadline.after(timeouts.start()));
        return now(execution);
    }

    private Answer now(Execution execution) {
        return Answer.json(200, views.view(access.again(execution).execution()))
                .with(Map.of("Cache-Control", "no-store"));
    }
}
