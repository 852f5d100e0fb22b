// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Carries messages between nodes and API servers. It keeps none: what nobody hears at once is lost, and a request that could not
 * be sent is never sent later.
 *
 * <p>It connects by itself, at the start and whenever the connection breaks; registrations outlast that. Thread safe. A payload
 * has at most {@link WireCodec#MAX_BYTES} bytes; a larger one is a {@link MessageTooLargeException}, thrown at once.
 */
public interface Bus extends AutoCloseable {

    /**
     * Asks, and completes with the answer's bytes. It never blocks for the answer. What depends on the future runs on a thread of the
     * bus and must not block; {@code get()} on a virtual thread is the plain way. It fails with a {@link BusException}, of which
     * there are four:
     *
     * <ul>
     *   <li>{@link NobodyListensException}: nobody is registered for the subject. Certainly not heard.
     *   <li>{@link NotConnectedException}: it was not sent. Certainly not heard.
     *   <li>{@link BusyException}: the other side has too much to do, and did not begin.
     *   <li>{@link NoAnswerException}: it may have been heard, and done, or not.
     * </ul>
     *
     * @param timeout after which no answer is waited for
     */
    CompletableFuture<byte[]> request(String subject, byte[] payload, Duration timeout);

    /** Tells a hint to whoever listens. It is dropped without a word while there is no connection. */
    void publish(String subject, byte[] payload);

    /**
     * Answers requests, each on a virtual thread of its own, a bounded number at once over all subjects; beyond that, whoever
     * asks gets {@link BusyException}. A handler that throws makes the other side's request fail with
     * {@link NoAnswerException} at once.
     *
     * <p>Answers go only where {@link ReplyRule} lets them; a request with another reply subject, or none, is not handed over.
     *
     * @param subject may have wildcards
     * @param queueGroup of all that serve with the same name, one gets each request; null: each of them gets all
     */
    Registration serve(String subject, @Nullable String queueGroup, Handler handler);

    /**
     * Hands hints over, one after another on one thread, so a listener must not block for long. What the own process publishes
     * does not come back.
     *
     * @param subject may have wildcards
     */
    Registration listen(String subject, Listener listener);

    /**
     * Runs this whenever there is a new connection, the first too, after all registrations hold on it. A hint may have been lost
     * before. It runs on a virtual thread.
     */
    void onReconnect(Runnable action);

    boolean isConnected();

    /** Ends registrations and the connection; requests without an answer fail. Handlers that run are not waited for. */
    @Override
    void close();

    /** What answers requests. */
    @FunctionalInterface
    interface Handler {
        /**
         * Called for each request, on a virtual thread of its own.
         *
         * @param subject that it was sent to, without wildcards; {@link Subjects#node} tells who sent it
         * @return the answer's bytes
         */
        byte[] handle(String subject, byte[] payload) throws Exception;
    }

    /** What hears hints. */
    @FunctionalInterface
    interface Listener {
        /**
         * Called for each hint.
         *
         * @param subject that it was sent to, without wildcards
         */
        void hear(String subject, byte[] payload);
    }

    /** One subject that is served or listened to. */
    @FunctionalInterface
    interface Registration extends AutoCloseable {
        /** Ends it. Doing it again changes nothing. */
        @Override
        void close();
    }
}
