// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.ErrorResponses;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.ExecutionAccess;
import dev.bellhop.server.service.ExecutionReads;
import dev.bellhop.server.service.MaskedOutput;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleExecution;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code /api/v2/executions/{id}/output}: the exact bytes that a command wrote. */
public record V2Output(ExecutionAccess access, ExecutionReads reads) {
    private static final int DEFAULT_LIMIT = 64 * 1024;
    private static final int MAX_LIMIT = 1 << 20;
    private static final byte[] NOTHING = {};

    public List<Route> routes() {
        return List.of(new Route("GET", V2Executions.PATH + "/{id}/output", UseCase.EXECUTION_OUTPUT, this::read)
                .query("stream", "offset", "limit", "raw"));
    }

    private HttpResponse read(Call call) {
        VisibleExecution seen = access.find(call.permit(), call.pathParameter("id"));
        Execution execution = seen.execution();
        MaskedOutput toCaller = reads.output(seen, Parameters.flag(call, "raw"));
        OutputStreamName stream = Parameters.word(call, "stream", OutputStreamName::parse, "stdout or stderr")
                .orElse(OutputStreamName.STDOUT);
        Optional<ByteRange> range = ByteRange.of(call, execution.output().of(stream));
        return range.isPresent()
                ? part(call, toCaller, execution, stream, range.get())
                : whole(call, toCaller, execution, stream);
    }

    private static HttpResponse whole(Call call, MaskedOutput shown, Execution execution, OutputStreamName stream) {
        long offset = Parameters.integer(call, "offset", 0, Long.MAX_VALUE).orElse(0L);
        int limit = Parameters.integer(call, "limit", 1, MAX_LIMIT)
                .map(Long::intValue)
                .orElse(DEFAULT_LIMIT);
        byte[] bytes = read(call, shown, execution, stream, offset, limit);
        return answer(200, execution, stream, offset, bytes, Map.of());
    }

    private static HttpResponse part(
            Call call, MaskedOutput shown, Execution execution, OutputStreamName stream, ByteRange range) {
        long size = execution.output().of(stream);
        int limit = (int) Math.min(range.count(), MAX_LIMIT);
        byte[] bytes = limit == 0 ? NOTHING : read(call, shown, execution, stream, range.first(), limit);
        if (bytes.length == 0) {
            BellhopException failure = new BellhopException(
                    ErrorCode.RANGE_NOT_SATISFIABLE,
                    "Cannot give this range because the output has " + size + " bytes");
            return ErrorResponses.of(failure, call.request(), call.id(), call.receivedAt())
                    .with(Map.of("Accept-Ranges", "bytes", "Content-Range", "bytes */" + size));
        }
        // The total is unknown while the command runs.
        String total = execution.state().isFinal() ? Long.toString(size) : "*";
        long last = range.first() + bytes.length - 1;
        return answer(
                206,
                execution,
                stream,
                range.first(),
                bytes,
                Map.of("Content-Range", "bytes " + range.first() + "-" + last + "/" + total));
    }

    private static byte[] read(
            Call call, MaskedOutput shown, Execution execution, OutputStreamName stream, long offset, int limit) {
        long available = Math.max(0, execution.output().of(stream) - offset);
        // The piece is briefly in memory twice.
        call.memory().reserve(2 * Math.min(limit, available));
        return shown.read(execution, stream, offset, limit);
    }

    private static HttpResponse answer(
            int status,
            Execution execution,
            OutputStreamName stream,
            long offset,
            byte[] bytes,
            Map<String, String> more) {
        long next = offset + bytes.length;
        boolean complete =
                execution.state().isFinal() && next >= execution.output().of(stream);
        Map<String, String> headers = new HashMap<>(more);
        headers.put("X-Next-Offset", Long.toString(next));
        headers.put("X-Complete", Boolean.toString(complete));
        headers.put("X-Content-Type-Options", "nosniff");
        headers.put("Accept-Ranges", "bytes");
        return HttpResponse.bytes(status, "application/octet-stream", bytes).with(headers);
    }
}
