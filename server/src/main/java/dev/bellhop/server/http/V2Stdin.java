// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.StdinPosition;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.service.ExecutionAccess;
import dev.bellhop.server.service.ExecutionControl;
import dev.bellhop.server.service.UseCase;
import java.util.List;

/** {@code /api/v2/executions/{id}/stdin}: write to a command while it runs. */
final class V2Stdin {
    private final ExecutionAccess access;
    private final ExecutionControl control;

    V2Stdin(ExecutionAccess access, ExecutionControl control) {
        this.access = access;
        this.control = control;
    }

    List<Route> routes() {
        String path = V2Executions.PATH + "/{id}/stdin";
        return List.of(new Route("POST", path, UseCase.EXECUTION_STDIN, RequestBody.Taken.BYTES, this::write));
    }

    private Answer write(Call call) {
        ExecutionControl.StdinWriter stdin = control.stdin(access.find(call.permit(), call.pathParameter("id")));
        long offset = Parameters.integer(call, "offset", 0, Long.MAX_VALUE)
                .orElseThrow(() -> new BellhopException(
                        "Cannot write to stdin without the query parameter 'offset'",
                        List.of(new FieldFault("offset", "Where the bytes belong, 0 at first", Fault.REQUIRED))));
        boolean end = Parameters.flag(call, "end").orElse(false);
        return Answer.json(200, new StdinPosition(stdin.write(new StdinPiece(offset, call.body(), end))));
    }
}
