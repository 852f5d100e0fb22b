// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.nats;

import dev.bellhop.server.cluster.BusException;
import dev.bellhop.server.cluster.BusyException;
import dev.bellhop.server.cluster.NoAnswerException;
import dev.bellhop.server.cluster.NobodyListensException;
import dev.bellhop.server.cluster.NotConnectedException;
import dev.bellhop.server.cluster.WireCodec;
import io.nats.client.Connection;
import io.nats.client.JetStreamStatusException;
import io.nats.client.Message;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One connection from its begin to its end, with the requests that wait for answers on it. Thread safe. */
final class NatsSession {
    private final Connection connection;
    private final CountDownLatch lost;

    /** The client itself lets them wait for their time when a connection breaks. */
    private final Map<Long, CompletableFuture<Message>> waiting = new ConcurrentHashMap<>();

    private final AtomicLong numbers = new AtomicLong();

    NatsSession(Connection connection, CountDownLatch lost) {
        this.connection = connection;
        this.lost = lost;
    }

    Connection connection() {
        return connection;
    }

    boolean isLost() {
        return lost.getCount() == 0;
    }

    CompletableFuture<byte[]> request(String subject, byte[] payload, Duration timeout) {
        CompletableFuture<Message> sent;
        try {
            sent = connection.requestWithTimeout(subject, payload, timeout);
        } catch (IllegalStateException e) {
            return CompletableFuture.failedFuture(
                    isLost() || connection.getStatus() != Connection.Status.CONNECTED
                            ? new NotConnectedException("the connection to NATS is lost")
                            : new BusyException("too many messages wait to be sent to NATS"));
        }
        Long number = numbers.incrementAndGet();
        waiting.put(number, sent);
        if (isLost()) {
            fail(sent); // It was lost before this one was added.
        }
        CompletableFuture<byte[]> answered = new CompletableFuture<>();
        var _ = sent.orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS).whenComplete((message, failure) -> {
            waiting.remove(number);
            complete(answered, message, failure);
        });
        return answered;
    }

    private static void complete(
            CompletableFuture<byte[]> answered, @Nullable Message message, @Nullable Throwable failure) {
        if (message == null) {
            answered.completeExceptionally(reason(failure));
            return;
        }
        String trouble = Answers.trouble(message);
        if (Answers.BUSY.equals(trouble)) {
            answered.completeExceptionally(new BusyException("the other side runs as many requests as it may"));
        } else if (trouble != null) {
            answered.completeExceptionally(new NoAnswerException("the other side failed"));
        } else if (message.getData().length > WireCodec.MAX_BYTES) {
            answered.completeExceptionally(new NoAnswerException("the answer is too large"));
        } else {
            answered.complete(message.getData());
        }
    }

    private static BusException reason(@Nullable Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return switch (cause) {
            case TimeoutException _ -> new NoAnswerException("no answer came in time");
            case CancellationException _ -> new NoAnswerException("the connection to NATS broke before an answer came");
            case JetStreamStatusException _ -> new NobodyListensException("nobody listens for it");
            case null, default -> new NoAnswerException("no answer came");
        };
    }

    /** Fails what waits for an answer on a connection that is lost. */
    void failWaiting() {
        waiting.values().forEach(NatsSession::fail);
    }

    private static void fail(CompletableFuture<Message> request) {
        request.completeExceptionally(new CancellationException());
    }

    void awaitLost() throws InterruptedException {
        lost.await();
    }
}
