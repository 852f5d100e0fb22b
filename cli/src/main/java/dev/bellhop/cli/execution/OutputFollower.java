// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.ExecutionEvent;
import dev.bellhop.api.client.ExecutionEvents;
import dev.bellhop.api.client.query.EventsQuery;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.command.CliContext;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** Follows an execution and passes its output on as it comes, also across a restart of the server. */
final class OutputFollower {

    private final BellhopClient client;
    private final Duration reconnectTimeout;
    private final Sink sink;
    private final Consumer<ExecutionView> states;
    private final EventsQuery query;

    /** Where output goes. */
    @FunctionalInterface
    interface Sink {

        /** Takes the next piece of a stream, and says whether to go on. */
        boolean write(ExecutionEvent.Output piece) throws IOException;
    }

    /**
     * Follows nothing yet.
     *
     * @param states is told of every state
     */
    OutputFollower(BellhopClient client, CliContext context, Sink sink, Consumer<ExecutionView> states) {
        this(client, context, sink, states, EventsQuery.ALL);
    }

    /** The same of some of it. */
    OutputFollower(
            BellhopClient client, CliContext context, Sink sink, Consumer<ExecutionView> states, EventsQuery query) {
        this.query = query;
        this.client = client;
        this.reconnectTimeout = context.reconnectTimeout();
        this.sink = sink;
        this.states = states;
    }

    /**
     * Returns how it ended, once all of its output is handed on; or how it stands, where the sink wants no more, or what was not
     * there yet is not wanted.
     *
     * @throws IOException if the output cannot be written
     */
    ExecutionView follow(String id) throws IOException, InterruptedException {
        try (ExecutionEvents events = client.executions().events(id, null, reconnectTimeout, query)) {
            while (true) {
                Optional<ExecutionEvent> next = events.next();
                switch (next.orElse(null)) {
                    case ExecutionEvent.Output output -> {
                        if (!sink.write(output)) {
                            return client.executions().get(id, Duration.ZERO);
                        }
                    }
                    case ExecutionEvent.State(String position, ExecutionView execution) -> {
                        states.accept(execution);
                        if (execution.ended() || !query.follow()) {
                            return execution;
                        }
                    }
                    case ExecutionEvent.Heartbeat heartbeat -> {}
                    case null -> {
                        return client.executions().get(id, Duration.ZERO);
                    }
                }
            }
        }
    }
}
