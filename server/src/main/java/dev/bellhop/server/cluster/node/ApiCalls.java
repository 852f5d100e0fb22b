// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.server.cluster.Bus;
import dev.bellhop.server.cluster.BusException;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks the API servers, in a node's name. Thread safe. */
public record ApiCalls(Bus bus, NodeId node, ApiCallMetrics metrics) {
    /** Of what is asked once, and again at another time. */
    static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** The answer of whichever API server answers, as below. */
    public Answer ask(String kind, Record request, Duration longest) throws InterruptedException {
        return ask(kind, null, request, longest);
    }

    /**
     * The answer of an API server.
     *
     * @param server which; absent for any
     * @throws BellhopException {@code STORE_UNAVAILABLE} where none does; it may have been done all the same
     */
    Answer ask(String kind, @Nullable String server, Record request, Duration longest) throws InterruptedException {
        long begun = System.nanoTime();
        try {
            String subject = server == null ? Subjects.request(node, kind) : Subjects.request(node, server, kind);
            byte[] bytes = bus.request(subject, WireCodec.encode(request), longest)
                    .get(longest.toNanos(), TimeUnit.NANOSECONDS);
            Answer answer = WireCodec.decode(bytes, Answer.class);
            metrics.answered(kind, answer.status(), begun);
            return answer;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BusException failure) {
                metrics.failed(kind, failure.isCertainlyUndone(), begun);
                throw unavailable(String.valueOf(failure.getMessage()), failure);
            }
            throw new IllegalStateException("a request to an API server failed", e);
        } catch (TimeoutException e) {
            metrics.failed(kind, false, begun);
            throw unavailable("no API server answers in time", e);
        }
    }

    /**
     * As {@link #ask(String, Record, Duration)}, of a request that may be done twice. NATS chooses the server, which may be frozen or without
     * its database. If that server does not take the request, all servers get it, and the first answer counts.
     *
     * @param turn the longest wait for each of the two
     */
    Answer askThenAll(String kind, Record request, Duration turn) throws InterruptedException {
        BellhopException inDoubt = null;
        try {
            Answer answer = ask(kind, request, turn);
            if (answer.status() != Answer.Status.BUSY) {
                return answer;
            }
        } catch (BellhopException e) {
            inDoubt = isCertainlyUndone(e) ? null : e;
        }
        try {
            return ask(kind, Subjects.EACH_API_SERVER, request, turn);
        } catch (BellhopException e) {
            throw inDoubt == null ? e : inDoubt;
        }
    }

    /** Whether a request that failed so was certainly not done. */
    static boolean isCertainlyUndone(BellhopException e) {
        return e.getCause() instanceof BusException failure && failure.isCertainlyUndone();
    }

    private static BellhopException unavailable(String why, Exception cause) {
        return new BellhopException(
                ErrorCode.STORE_UNAVAILABLE, "Cannot reach an API server of the cluster: " + why, cause);
    }
}
