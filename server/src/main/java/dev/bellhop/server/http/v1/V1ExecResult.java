// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v1;

import dev.bellhop.api.Json;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.http.Answer;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.ResultText;
import dev.bellhop.server.service.MaskedOutput;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * Writes a command's result as v1 has it. Written field by field rather than from a record, so that output of any size
 * goes from the store to the client in pieces, and a small one, which is what clients ask for most, costs next to
 * nothing.
 */
final class V1ExecResult {
    private static final Map<String, String> HEADERS = Map.of("Cache-Control", "no-store");

    private final Call call;
    private final ExecutionSnapshot snapshot;
    private final MaskedOutput shown;

    private V1ExecResult(Call call, ExecutionSnapshot snapshot, MaskedOutput shown) {
        this.call = call;
        this.snapshot = snapshot;
        this.shown = shown;
    }

    static Answer answer(Call call, ExecutionSnapshot snapshot, MaskedOutput shown) {
        V1ExecResult result = new V1ExecResult(call, snapshot, shown);
        if (snapshot.stdout() == null) {
            return new Answer.Streamed(200, HEADERS, Answer.JSON, result::writeTo);
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream(1024);
        result.writeTo(body);
        return new Answer.Whole(200, HEADERS, Answer.JSON, body.toByteArray());
    }

    private void writeTo(OutputStream out) {
        try (JsonGenerator json = Json.mapper().createGenerator(new ResultText.Unclosed(out))) {
            json.writeStartObject();
            json.writeBooleanProperty("success", true);
            json.writeStringProperty("timestamp", Json.timestamp(call.receivedAt()));
            json.writeStringProperty("requestId", call.id());
            json.writeName("data");
            writeData(json);
            json.writeEndObject();
        }
    }

    private void writeData(JsonGenerator json) {
        Execution execution = snapshot.execution();
        ExitStatus exit = execution.exit();
        json.writeStartObject();
        json.writeBooleanProperty("success", true);
        json.writeNumberProperty("pid", Objects.requireNonNull(execution.pid()));
        // A lost command is over for whoever waits for it: nothing more will ever be known.
        json.writeBooleanProperty("exited", execution.state() != ExecutionState.RUNNING);
        if (exit != null) {
            number(json, "exitcode", exit.code());
            number(json, "signal", exit.signal());
        }
        json.writeName("stdout");
        ResultText.write(json, shown, snapshot, OutputStreamName.STDOUT);
        json.writeName("stderr");
        ResultText.write(json, shown, snapshot, OutputStreamName.STDERR);
        json.writeStringProperty("executionId", execution.id().toString());
        json.writeStringProperty("state", execution.state().wireName());
        if (execution.reason() != null) {
            json.writeStringProperty("reason", execution.reason().wireName());
        }
        json.writeBooleanProperty("truncated", execution.output().truncated());
        time(json, "startedAt", execution.startedAt());
        time(json, "finishedAt", execution.finishedAt());
        json.writeEndObject();
    }

    private static void number(JsonGenerator json, String name, @Nullable Integer value) {
        if (value != null) {
            json.writeNumberProperty(name, value);
        }
    }

    private static void time(JsonGenerator json, String name, @Nullable Instant time) {
        if (time != null) {
            json.writeStringProperty(name, Json.timestamp(time));
        }
    }
}
