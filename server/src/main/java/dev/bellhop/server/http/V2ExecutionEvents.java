// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.Followers;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.Executions;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.service.UseCase;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** {@code /api/v2/executions/{id}/events}: a command's output and states, as they come. */
final class V2ExecutionEvents {
    private static final String LAST_EVENT_ID = "Last-Event-ID";
    private static final Map<String, String> HEADERS = Map.of("Cache-Control", "no-store", "X-Accel-Buffering", "no");

    private final Executions executions;
    private final ShownOutput shown;
    private final ExecutionAccess access;
    private final ExecutionViews views;
    private final Followers followers;
    private final EventStream.Pace pace;
    private final BooleanSupplier serving;

    V2ExecutionEvents(
            Executions executions,
            ShownOutput shown,
            ExecutionAccess access,
            ExecutionViews views,
            Followers followers,
            Timeouts timeouts,
            BooleanSupplier serving) {
        this.executions = executions;
        this.shown = shown;
        this.access = access;
        this.views = views;
        this.followers = followers;
        this.pace = EventStream.Pace.with(timeouts.heartbeat());
        this.serving = serving;
    }

    List<Route> routes() {
        return List.of(new Route("GET", V2Executions.PATH + "/{id}/events", UseCase.EXECUTION_FOLLOW, this::follow));
    }

    private Answer follow(Call call) {
        Execution execution = access.execution(call);
        EventPosition position = position(call, execution);
        if (position.isEnd()) {
            return Answer.noContent();
        }
        ShownOutput toCaller = shown.to(call, execution);
        if (call.request().getMethod().equals("HEAD")) {
            return new Answer.Streamed(200, HEADERS, EventStream.CONTENT_TYPE, 0, out -> {});
        }
        // A stream can outlive the key that it was opened with by days.
        BooleanSupplier allowed = () -> serving.getAsBoolean() && access.isStillAllowed(call.caller(), execution);
        EventStream stream =
                new EventStream(executions, toCaller, views, execution.id(), position, pace, allowed, call.answer());
        return new Answer.Streamed(200, HEADERS, EventStream.CONTENT_TYPE, 0, out -> {
            try (var _ = followers.enter(call.caller())) {
                stream.writeTo(out);
            }
        });
    }

    private static EventPosition position(Call call, Execution execution) {
        boolean fromNow = call.query("from")
                .map(from -> switch (from) {
                    case "start" -> false;
                    case "now" -> true;
                    default -> throw Parameters.invalid("from", "start or now", Fault.UNKNOWN_VALUE);
                })
                .orElse(false);
        Optional<String> last = call.header(LAST_EVENT_ID).filter(id -> !id.isEmpty());
        if (last.isPresent()) {
            return EventPosition.parse(last.get())
                    .filter(position -> execution.state().isFinal() || !position.isEnd())
                    .orElseThrow(() -> new BellhopException(
                            "Cannot go on from this " + LAST_EVENT_ID + "; take the id of the last event, as it is",
                            List.of(new FieldFault(
                                    LAST_EVENT_ID, "The id of an event of this execution", Fault.MALFORMED))));
        }
        return fromNow ? EventPosition.after(execution.output()) : EventPosition.START;
    }
}
