// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection on which events come, until it ends. Asks for more only when what has come is used up, so that a slow
 * reader slows the server down and costs no memory. {@link #next} is for one thread at a time, {@link #close} for any.
 */
final class SseConnection implements Flow.Subscriber<List<ByteBuffer>>, AutoCloseable {

    /** What came off the wire. */
    private sealed interface Arrival {
        record Bytes(List<ByteBuffer> buffers) implements Arrival {}

        record End(@Nullable Throwable cause) implements Arrival {}
    }

    /** Why there is no next message. */
    static final class EndedException extends Exception {
        private static final long serialVersionUID = 1L;

        private EndedException(@Nullable Throwable cause) {
            super(cause);
        }
    }

    private final Duration longestSilence;
    private final LinkedBlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    private final Deque<SseParser.Message> parsed = new ArrayDeque<>();
    private final SseParser parser = new SseParser(parsed::add);
    private volatile Flow.@Nullable Subscription subscription;
    private volatile boolean closed;

    /** One that ends when nothing at all comes for so long. */
    SseConnection(Duration longestSilence) {
        this.longestSilence = longestSilence;
    }

    /** The next event or comment; waits for it. */
    SseParser.Message next() throws EndedException, InterruptedException {
        while (parsed.isEmpty()) {
            switch (arrivals.poll(longestSilence.toMillis(), TimeUnit.MILLISECONDS)) {
                case null -> throw new EndedException(null);
                case Arrival.End(Throwable cause) -> throw new EndedException(cause);
                case Arrival.Bytes(List<ByteBuffer> buffers) -> {
                    buffers.forEach(parser::feed);
                    more();
                }
            }
        }
        return parsed.removeFirst();
    }

    private void more() {
        Flow.Subscription current = subscription;
        if (current != null) {
            current.request(1);
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
        subscription = newSubscription;
        if (closed) {
            newSubscription.cancel();
        } else {
            newSubscription.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        arrivals.add(new Arrival.Bytes(buffers));
    }

    @Override
    public void onError(Throwable failure) {
        arrivals.add(new Arrival.End(failure));
    }

    @Override
    public void onComplete() {
        arrivals.add(new Arrival.End(null));
    }

    /** Gives the connection up; a thread that waits for the next message is told that there is none. */
    @Override
    public void close() {
        closed = true;
        Flow.Subscription current = subscription;
        if (current != null) {
            current.cancel();
        }
        arrivals.add(new Arrival.End(null));
    }
}
