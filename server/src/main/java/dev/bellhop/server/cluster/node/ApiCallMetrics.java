// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.server.cluster.MessageTimers;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.cluster.message.NodeRequest;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a node's requests to the API servers fare. Thread safe. */
public final class ApiCallMetrics {
    private static final double MILLIS = 1_000;

    /** No API server has heard of it. */
    private static final String UNDELIVERED = "undelivered";

    /** Nobody knows whether one has. */
    private static final String UNANSWERED = "unanswered";

    private final MessageTimers timers;

    /** Of {@link System#nanoTime}; absent before the first answer. */
    private volatile @Nullable Long answeredAt;

    /** Likewise of {@link NodeRequest#HELLO}. */
    private volatile @Nullable Long joinedAt;

    public ApiCallMetrics(MeterRegistry registry) {
        timers = new MessageTimers(
                registry,
                "bellhop.node.requests",
                "Requests to API servers, and the time until their answer was there");
        // What another process of the same name, or the new node of a VM, makes of what this one wants to store.
        List.of(NodeRequest.BEAT, NodeRequest.ASK, NodeRequest.UPDATE)
                .forEach(kind -> timers.expect(kind, Answer.Status.FENCED.outcome()));
        Gauge.builder("bellhop.node.session.age", () -> age(joinedAt))
                .description("How long ago the node joined last; unknown before it has")
                .baseUnit("seconds")
                .register(registry);
        Gauge.builder("bellhop.node.answer.age", () -> age(answeredAt))
                .description("For how long no API server has answered; unknown before the first answer")
                .baseUnit("seconds")
                .register(registry);
    }

    private static double age(@Nullable Long at) {
        return at == null
                ? Double.NaN
                : Duration.ofNanos(System.nanoTime() - at).toMillis() / MILLIS;
    }

    void answered(String kind, Answer.Status status, long begun) {
        long now = System.nanoTime();
        answeredAt = now;
        if (kind.equals(NodeRequest.HELLO) && status == Answer.Status.OK) {
            joinedAt = now;
        }
        timers.ended(kind, status.outcome(), begun);
    }

    void failed(String kind, boolean undone, long begun) {
        timers.ended(kind, undone ? UNDELIVERED : UNANSWERED, begun);
    }
}
