// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.ExecutionAccess;
import dev.bellhop.server.service.ExecutionFollow;
import dev.bellhop.server.service.ExecutionReads;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleExecution;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code /api/v2/executions/{id}/events}: a command's output and states as they happen. */
public final class V2ExecutionEvents {
    private static final String LAST_EVENT_ID = "Last-Event-ID";
    private static final Map<String, String> HEADERS = Map.of("X-Accel-Buffering", "no");

    private final ExecutionAccess access;
    private final ExecutionReads reads;
    private final EventStream.Pace pace;

    public V2ExecutionEvents(ExecutionAccess access, ExecutionReads reads, Timeouts timeouts) {
        this.access = access;
        this.reads = reads;
        this.pace = EventStream.Pace.with(timeouts.heartbeat());
    }

    public List<Route> routes() {
        return List.of(new Route("GET", V2Executions.PATH + "/{id}/events", UseCase.EXECUTION_FOLLOW, this::follow)
                .query("from", "since", "times", "follow", "raw"));
    }

    private HttpResponse follow(Call call) {
        VisibleExecution seen = access.find(call.permit(), call.pathParameter("id"));
        EventPosition position = position(call, seen.execution());
        if (position.isEnd()) {
            reads.followToTheEnd(seen);
            return HttpResponse.noContent();
        }
        ExecutionFollow follow = reads.follow(seen, Parameters.flag(call, "raw"));
        if (call.request().getMethod().equals("HEAD")) {
            return new HttpResponse.Streamed(200, HEADERS, EventStream.CONTENT_TYPE, 0, out -> {});
        }
        EventPosition from = since(call)
                .map(since -> EventPosition.after(
                        follow.firstSince(OutputStreamName.STDOUT, since),
                        follow.firstSince(OutputStreamName.STDERR, since)))
                .orElse(position);
        EventStream.Options options =
                new EventStream.Options(Parameters.flag(call, "follow", true), Parameters.flag(call, "times"));
        EventStream stream = new EventStream(follow, from, options, pace, call.memory());
        return new HttpResponse.Streamed(200, HEADERS, EventStream.CONTENT_TYPE, 0, stream);
    }

    private static Optional<Boolean> now(String from) {
        return from.equals("start") || from.equals("now") ? Optional.of(from.equals("now")) : Optional.empty();
    }

    private static EventPosition position(Call call, Execution execution) {
        boolean fromNow = Parameters.word(call, "from", V2ExecutionEvents::now, "start or now")
                .orElse(false);
        Optional<String> last = lastEventId(call);
        if (last.isPresent()) {
            return EventPosition.parse(last.get())
                    .filter(position -> execution.state().isFinal() || !position.isEnd())
                    .orElseThrow(() -> new BellhopException(
                            "Cannot go on from this " + LAST_EVENT_ID + "; take the id of the last event, as it is",
                            List.of(new FieldFault(
                                    LAST_EVENT_ID, "The id of an event of this execution", Fault.MALFORMED))));
        }
        return fromNow
                ? EventPosition.after(
                        execution.output().stdoutBytes(), execution.output().stderrBytes())
                : EventPosition.START;
    }

    /** Returns the start time of the wanted output; empty for a reader that resumes, or did not ask for a time. */
    private static Optional<Instant> since(Call call) {
        Optional<Instant> since = Parameters.time(call, "since");
        if (since.isPresent() && call.query("from").isPresent()) {
            throw Parameters.invalid("since", "A time, without the parameter from", Fault.OUT_OF_RANGE);
        }
        return since.filter(time -> lastEventId(call).isEmpty());
    }

    private static Optional<String> lastEventId(Call call) {
        return call.header(LAST_EVENT_ID).filter(id -> !id.isEmpty());
    }
}
