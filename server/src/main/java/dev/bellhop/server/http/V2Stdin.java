// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.StdinPosition;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.Executions;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.service.UseCase;
import java.util.List;

/** {@code /api/v2/executions/{id}/stdin}: write to a command while it runs. */
final class V2Stdin {
    private final Executions executions;
    private final ExecutionAccess access;
    private final PolicyCheck policy;
    private final Timeouts timeouts;

    V2Stdin(Executions executions, ExecutionAccess access, PolicyCheck policy, Timeouts timeouts) {
        this.executions = executions;
        this.access = access;
        this.policy = policy;
        this.timeouts = timeouts;
    }

    List<Route> routes() {
        String path = V2Executions.PATH + "/{id}/stdin";
        return List.of(new Route("POST", path, UseCase.EXECUTION_STDIN, RequestBody.Taken.BYTES, this::write));
    }

    private Answer write(Call call) {
        Execution execution = access.execution(call);
        call.note().isOneOfMany();
        policy.requireStdin(call, execution);
        long offset = Parameters.integer(call, "offset", 0, Long.MAX_VALUE)
                .orElseThrow(() -> new BellhopException(
                        "Cannot write to stdin without the query parameter 'offset'",
                        List.of(new FieldFault("offset", "Where the bytes belong, 0 at first", Fault.REQUIRED))));
        boolean end = Parameters.flag(call, "end").orElse(false);
        return Answer.json(200, new StdinPosition(write(call, execution, offset, end)));
    }

    private long write(Call call, Execution execution, long offset, boolean end) {
        Runnable check = () -> access.checkStillAllowed(call.caller(), execution);
        try {
            return executions
                    .actions()
                    .writeStdin(
                            execution.id(),
                            new StdinPiece(offset, call.body(), end),
                            check,
                            Deadline.after(timeouts.start()));
        } catch (BellhopException e) {
            // It may have ended because its VM is another owner's, and how it ended is not for who waited then.
            check.run();
            throw e;
        }
    }
}
