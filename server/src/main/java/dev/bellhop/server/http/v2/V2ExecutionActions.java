// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.execution.ApproveExecution;
import dev.bellhop.api.v2.execution.CancelExecution;
import dev.bellhop.api.v2.execution.SignalExecution;
import dev.bellhop.api.v2.execution.StdinPosition;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.body.RequestBody;
import dev.bellhop.server.service.ExecutionAccess;
import dev.bellhop.server.service.ExecutionControl;
import dev.bellhop.server.service.ShownExecution;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleExecution;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;

/** {@code /api/v2/executions/{id}/actions} and {@code …/stdin}: actions on a command that has not ended. */
public record V2ExecutionActions(ExecutionAccess access, ExecutionControl control) {
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final int DEFAULT_GRACE = 10;
    private static final int MAX_GRACE = 300;
    private static final int MAX_SIGNAL = 64;

    /** Linux's signal numbers, except on a few old machines (signal(7)). */
    private static final Map<String, Integer> SIGNALS = Map.ofEntries(
            Map.entry("HUP", 1),
            Map.entry("INT", 2),
            Map.entry("QUIT", 3),
            Map.entry("KILL", 9),
            Map.entry("USR1", 10),
            Map.entry("USR2", 12),
            Map.entry("ALRM", 14),
            Map.entry("TERM", 15),
            Map.entry("CONT", 18),
            Map.entry("STOP", 19),
            Map.entry("TSTP", 20),
            Map.entry("TTIN", 21),
            Map.entry("TTOU", 22),
            Map.entry("WINCH", 28));

    public List<Route> routes() {
        String actions = V2Executions.PATH + "/{id}/actions/";
        return List.of(
                new Route("POST", actions + "cancel", UseCase.EXECUTION_CANCEL, this::cancel),
                new Route("POST", actions + "signal", UseCase.EXECUTION_SIGNAL, this::signal),
                new Route("POST", actions + "approve", UseCase.EXECUTION_APPROVE, this::approve),
                new Route("POST", actions + "reject", UseCase.EXECUTION_REJECT, this::reject).withoutFields(),
                new Route(
                                "POST",
                                V2Executions.PATH + "/{id}/stdin",
                                UseCase.EXECUTION_STDIN,
                                RequestBody.Taken.BYTES,
                                this::stdin)
                        .query("offset", "end"));
    }

    private HttpResponse cancel(Call call) {
        VisibleExecution execution = access.find(call.permit(), call.pathParameter("id"));
        ExecutionControl.Cancelled cancelled = control.cancel(execution, grace(call));
        return changed(202, cancelled.execution()).with(Map.of("X-Stored", Boolean.toString(cancelled.stored())));
    }

    private static Duration grace(Call call) {
        Integer seconds = call.isBodyAbsent()
                ? null
                : call.strictBody(CancelExecution.class).graceSeconds();
        if (seconds == null) {
            return Duration.ofSeconds(DEFAULT_GRACE);
        }
        FieldFaults.requireBetween(0, seconds, MAX_GRACE, "/graceSeconds", "Cannot cancel with this grace period");
        return Duration.ofSeconds(seconds);
    }

    private HttpResponse signal(Call call) {
        VisibleExecution execution = access.find(call.permit(), call.pathParameter("id"));
        int signal = number(call.strictBody(SignalExecution.class));
        return changed(202, control.signal(execution, signal));
    }

    private static int number(SignalExecution wanted) {
        return switch (wanted.signal()) {
            case String name when SIGNALS.containsKey(name) -> SIGNALS.getOrDefault(name, 0);
            case Integer number when number >= 1 && number <= MAX_SIGNAL -> number;
            case String name -> throw noSignal(Fault.UNKNOWN_VALUE);
            case Integer number -> throw noSignal(Fault.OUT_OF_RANGE);
            default -> throw noSignal(Fault.WRONG_TYPE);
        };
    }

    private static BellhopException noSignal(Fault fault) {
        String expected = "A number from 1 to " + MAX_SIGNAL + ", or one of "
                + String.join(", ", new TreeSet<>(SIGNALS.keySet()));
        return new BellhopException(
                "Cannot send this because it is no signal", List.of(new FieldFault("/signal", expected, fault)));
    }

    private HttpResponse approve(Call call) {
        VisibleExecution execution = access.find(call.permit(), call.pathParameter("id"));
        return changed(200, control.approve(execution, digest(call.strictBody(ApproveExecution.class))));
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

    private HttpResponse reject(Call call) {
        return changed(200, control.reject(access.find(call.permit(), call.pathParameter("id"))));
    }

    private HttpResponse stdin(Call call) {
        ToLongFunction<StdinPiece> stdin = control.stdin(access.find(call.permit(), call.pathParameter("id")));
        long offset = Parameters.integer(call, "offset", 0, Long.MAX_VALUE)
                .orElseThrow(() -> new BellhopException(
                        "Cannot write to stdin without the query parameter 'offset'",
                        List.of(new FieldFault("offset", "Where the bytes belong, 0 at first", Fault.REQUIRED))));
        boolean end = Parameters.flag(call, "end");
        return HttpResponse.json(200, new StdinPosition(stdin.applyAsLong(new StdinPiece(offset, call.body(), end))));
    }

    private static HttpResponse.Whole changed(int status, ShownExecution execution) {
        return HttpResponse.json(status, ExecutionViews.view(execution));
    }
}
