// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.nats;

import dev.bellhop.server.cluster.Bus.Handler;
import dev.bellhop.server.cluster.ReplyRule;
import dev.bellhop.server.cluster.WireCodec;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has requests handled and answers them: the one place where an answer is sent, and so where {@link ReplyRule} is asked. Thread
 * safe.
 *
 * <p>What is handled at once is bounded in number and in bytes. Beyond that it answers at once that it is busy, and does not queue:
 * whoever asks knows best whether to ask again.
 */
final class Answers implements AutoCloseable {
    /** Why there is no answer, in a header. */
    static final String BUSY = "busy";

    private static final String HEADER = "Bellhop-Trouble";
    private static final String FAILED = "failed";
    private static final byte[] NOTHING = {};

    private static final Logger log = LoggerFactory.getLogger(Answers.class);

    private final Occasionally warnings = new Occasionally(Duration.ofMinutes(1), System.nanoTime());
    private final LongAdder refused = new LongAdder();
    private final Semaphore places;
    private final Semaphore bytes;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * Handles as many at once.
     *
     * @param maxRequests in number
     * @param maxBytes of what was sent with them, together
     */
    Answers(int maxRequests, int maxBytes) {
        this.places = new Semaphore(maxRequests);
        this.bytes = new Semaphore(maxBytes);
    }

    /** The trouble that an answer tells of, if it is none. */
    static @Nullable String trouble(Message answer) {
        Headers headers = answer.getHeaders();
        return headers == null ? null : headers.getFirst(HEADER);
    }

    /** Returns at once. */
    void handle(Connection connection, Message request, Handler handler) {
        String replyTo = request.getReplyTo();
        if (replyTo == null) {
            return; // A hint, for whoever listens on its subject.
        }
        if (!ReplyRule.allows(request.getSubject(), replyTo)) {
            // Whoever sends one may send many.
            if (warnings.isDue(System.nanoTime())) {
                log.warn(
                        "Ignored a message on {} because its answer would not go to the inbox of its sender; whoever sent it has a"
                                + " fault, or ill intent",
                        request.getSubject());
            }
            return;
        }
        byte[] payload = request.getData();
        if (payload.length > WireCodec.MAX_BYTES) {
            answer(connection, replyTo, FAILED, NOTHING);
            return;
        }
        if (!places.tryAcquire()) {
            refuse(connection, replyTo);
            return;
        }
        if (!bytes.tryAcquire(payload.length)) {
            places.release();
            refuse(connection, replyTo);
            return;
        }
        try {
            threads.execute(() -> {
                try {
                    run(connection, replyTo, request.getSubject(), payload, handler);
                } finally {
                    release(payload);
                }
            });
        } catch (RejectedExecutionException e) {
            release(payload); // Closed: nobody answers any more.
        }
    }

    private void refuse(Connection connection, String replyTo) {
        refused.increment();
        answer(connection, replyTo, BUSY, NOTHING);
    }

    /** How many were refused because as many are handled as may be. */
    long refused() {
        return refused.sum();
    }

    private void release(byte[] payload) {
        bytes.release(payload.length);
        places.release();
    }

    private static void run(Connection connection, String replyTo, String subject, byte[] payload, Handler handler) {
        byte[] result;
        try {
            result = WireCodec.requireFitting(handler.handle(subject, payload));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            answer(connection, replyTo, FAILED, NOTHING);
            return;
        } catch (Exception e) {
            log.error("Cannot answer a message on {}", subject, e);
            answer(connection, replyTo, FAILED, NOTHING);
            return;
        }
        answer(connection, replyTo, null, result);
    }

    /** On the connection that the request came by: a node has leave to answer there alone. */
    private static void answer(Connection connection, String replyTo, @Nullable String trouble, byte[] bytes) {
        try {
            connection.publish(replyTo, trouble == null ? null : new Headers().add(HEADER, trouble), bytes);
        } catch (IllegalStateException e) {
            log.debug("An answer is lost because the connection to NATS is");
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
