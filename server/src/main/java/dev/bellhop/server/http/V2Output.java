// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.Scope;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.Executions;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** {@code /api/v2/executions/{id}/output}: the bytes a command wrote, exactly. */
final class V2Output {
    private static final int USUAL_LIMIT = 64 * 1024;
    private static final int LARGEST_LIMIT = 1 << 20;

    private final Executions executions;

    V2Output(Executions executions) {
        this.executions = executions;
    }

    List<Route> routes() {
        return List.of(new Route("GET", "/api/v2/executions/{id}/output", Scope.WRITE_VM, this::read));
    }

    private Answer read(Call call) {
        Execution execution = ExecutionId.parse(call.pathParameter("id"))
                .flatMap(id -> executions.find(id, Duration.ZERO))
                .map(ExecutionSnapshot::execution)
                .filter(found -> call.caller().sees(found.vm()))
                .orElseThrow(() -> new BellhopException(ErrorCode.NOT_FOUND, "Cannot find this execution"));
        OutputStreamName stream = stream(call);
        long offset = Parameters.integer(call, "offset", 0, Long.MAX_VALUE).orElse(0L);
        int limit = Parameters.integer(call, "limit", 1, LARGEST_LIMIT)
                .map(Long::intValue)
                .orElse(USUAL_LIMIT);
        byte[] bytes = executions.output(execution.id(), stream, offset, limit);
        long next = offset + bytes.length;
        boolean complete =
                execution.state().isFinal() && next >= execution.output().of(stream);
        return Answer.bytes(200, "application/octet-stream", bytes)
                .with(Map.of(
                        "X-Next-Offset",
                        Long.toString(next),
                        "X-Complete",
                        Boolean.toString(complete),
                        "X-Content-Type-Options",
                        "nosniff",
                        "Cache-Control",
                        "no-store"));
    }

    private static OutputStreamName stream(Call call) {
        String name = call.query("stream").orElse(OutputStreamName.STDOUT.wireName());
        return OutputStreamName.parse(name)
                .orElseThrow(() -> new BellhopException(
                        "Cannot use the query parameter 'stream'",
                        List.of(new FieldFault("stream", "stdout or stderr", Fault.UNKNOWN_VALUE))));
    }
}
