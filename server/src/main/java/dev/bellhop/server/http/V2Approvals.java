// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.ApproveExecution;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.service.ApprovalDecisions;
import dev.bellhop.server.service.ExecutionAccess;
import dev.bellhop.server.service.ShownExecution;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleExecution;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** {@code …/actions/approve} and {@code …/actions/reject}: somebody else decides on what a key wants to run. */
final class V2Approvals {
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

    private final ExecutionAccess access;
    private final ApprovalDecisions decisions;

    V2Approvals(ExecutionAccess access, ApprovalDecisions decisions) {
        this.access = access;
        this.decisions = decisions;
    }

    List<Route> routes() {
        String actions = V2Executions.PATH + "/{id}/actions/";
        return List.of(
                new Route("POST", actions + "approve", UseCase.EXECUTION_APPROVE, this::approve),
                new Route("POST", actions + "reject", UseCase.EXECUTION_REJECT, this::reject));
    }

    private Answer approve(Call call) {
        VisibleExecution execution = access.find(call.permit(), call.pathParameter("id"));
        return answer(decisions.approve(execution, digest(call.strictBody(ApproveExecution.class))));
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

    private Answer reject(Call call) {
        return answer(decisions.reject(access.find(call.permit(), call.pathParameter("id"))));
    }

    private static Answer answer(ShownExecution execution) {
        return Answer.json(200, ExecutionViews.view(execution)).with(Map.of("Cache-Control", "no-store"));
    }
}
