// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v1;

import dev.bellhop.api.Json;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.ResultJson;
import dev.bellhop.server.service.MaskedOutput;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** A command's result as v1 has it. */
final class V1ExecResult {
    private V1ExecResult() {}

    static HttpResponse response(Call call, ExecutionSnapshot snapshot, MaskedOutput shown) {
        return ResultJson.response(snapshot, json -> {
            json.writeBooleanProperty("success", true);
            json.writeStringProperty("timestamp", Json.timestamp(call.receivedAt()));
            json.writeStringProperty("requestId", call.id());
            json.writeObjectPropertyStart("data");
            writeData(json, snapshot, shown);
            json.writeEndObject();
        });
    }

    private static void writeData(JsonGenerator json, ExecutionSnapshot snapshot, MaskedOutput shown) {
        Execution execution = snapshot.execution();
        ExitStatus exit = execution.exit();
        json.writeBooleanProperty("success", true);
        json.writeNumberProperty("pid", Objects.requireNonNull(execution.pid()));
        // A lost command is over for whoever waits for it: nothing more will ever be known.
        json.writeBooleanProperty("exited", execution.state() != ExecutionState.RUNNING);
        if (exit != null) {
            number(json, "exitcode", exit.code());
            number(json, "signal", exit.signal());
        }
        ResultJson.writeOutput(json, shown, snapshot);
        json.writeStringProperty("executionId", execution.id().toString());
        json.writeStringProperty("state", execution.state().wireName());
        if (execution.reason() != null) {
            json.writeStringProperty("reason", execution.reason().wireName());
        }
        json.writeBooleanProperty("truncated", execution.output().truncated());
        time(json, "startedAt", execution.startedAt());
        time(json, "finishedAt", execution.finishedAt());
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
